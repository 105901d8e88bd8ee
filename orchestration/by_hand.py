"""Runs dbt by hand for work on a model, with the day and settings of a run."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from ingestion.control import locks
from ingestion.errors import KetteError
from ingestion.loading import warehouse
from ingestion.settings import child_environment, settings
from orchestration import preparation, project, records
from orchestration.host import demo, tied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

VARS = "--vars"
# what takes variables, and changes tables or does not; `docs`, `clean` and others do without
CHANGING = frozenset({"build", "clone", "retry", "run", "run-operation", "seed", "snapshot"})
READING = frozenset({"compile", "list", "ls", "parse", "show", "source", "test"})
# what looks at the project only: it may run as long as it likes
ALONE = frozenset({"clean", "deps", "init", "list", "ls", "parse"})
# of a copy nobody reads the artefacts, and only what is built need be looked for
QUICK = ("--no-write-json", "--cache-selected-only")


def run(arguments: Sequence[str]) -> int:
    """Run dbt, and return its exit code.

    What it changes may be published only after a whole build, whatever was tested.

    Args:
        arguments: What dbt is given; its variables are completed.

    Raises:
        KetteError: The warehouse is of the other mode or in use, or the variables are no mapping.
    """
    demo.adopt()
    locks.call_me(f"kette dbt {_verb(arguments)}")
    command = [project.dbt_executable(), *_with_vars(arguments)]
    settings().dbt_home.mkdir(parents=True, exist_ok=True)
    if not _opens_the_warehouse(arguments):
        return _run(command)
    with preparation.prepared():
        if _verb(arguments) in CHANGING:
            # beforehand: it may be killed
            records.built_by_hand()
        return _run(command)


def develop(arguments: Sequence[str], *, is_fresh: bool) -> int:
    """Run dbt on a copy of the warehouse, which nobody else waits for and nothing is published from.

    Args:
        arguments: What dbt is given; its variables are completed.
        is_fresh: Whether the warehouse is copied again, instead of going on with the last copy.

    Raises:
        KetteError: There is no warehouse to copy, or the variables are no mapping.
    """
    demo.adopt()
    command = [project.dbt_executable(), *QUICK, *_with_vars(arguments)]
    copy = project.dev_path() / "warehouse.duckdb"
    if is_fresh or not copy.exists():
        _copy_warehouse(copy)
    return _run(command, project.dev_environment())


def _copy_warehouse(copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    partial = copy.with_suffix(".partial")
    with preparation.prepared():
        with warehouse.connect() as connection:
            connection.execute("checkpoint")
        shutil.copyfile(settings().warehouse, partial)
    copy.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    partial.rename(copy)


def _run(command: Sequence[str], more: Mapping[str, str] | None = None) -> int:
    environment = {**project.environment(), **project.LOCKED, **(more or {})}
    return subprocess.run(  # noqa: S603 - dbt of this environment
        tied.command(*command), env=child_environment(environment), check=False
    ).returncode


def _verb(arguments: Sequence[str]) -> str:
    return next((each for each in arguments if not each.startswith("-")), "")


def _opens_the_warehouse(arguments: Sequence[str]) -> bool:
    """Return whether somebody else's work must be waited for."""
    words = [each for each in arguments if not each.startswith("-")][:2]
    return bool(words) and words[0] not in ALONE and words != ["docs", "serve"]


def _with_vars(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the variables of a run, under those that are given."""
    rest = [part for each in arguments for part in _halves(each)]
    given: dict[str, Any] = {}
    if VARS in rest[:-1]:
        at = rest.index(VARS)
        given = _mapping(rest[at + 1])
        del rest[at : at + 2]
    if _verb(arguments) not in CHANGING | READING:
        return list(arguments)
    name, text = project.vars_argument()
    return [*rest, name, json.dumps({**json.loads(text), **given})]


def _halves(argument: str) -> list[str]:
    return argument.split("=", 1) if argument.startswith(f"{VARS}=") else [argument]


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        found = None
    if not isinstance(found, dict):
        raise KetteError(
            "the variables are no mapping", where=VARS, fix="Write them as '{name: value}'"
        )
    return found
