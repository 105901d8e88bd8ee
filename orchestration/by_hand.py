"""dbt by hand, as an analytics engineer at work on a model uses it: the day and settings of a run."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from ingestion import decisions, load, lock
from ingestion.errors import KetteError
from ingestion.settings import child_environment, settings
from orchestration import demo, mode, project, records
from orchestration.known import persons

if TYPE_CHECKING:
    from collections.abc import Sequence

VARS = "--vars"
# what takes variables, and changes tables or does not; `docs`, `clean` and others do without
CHANGING = frozenset({"build", "clone", "retry", "run", "run-operation", "seed", "snapshot"})
READING = frozenset({"compile", "list", "ls", "parse", "show", "source", "test"})


def run(arguments: Sequence[str]) -> int:
    """Run dbt, and return its exit code.

    A part that was built and tested leaves what may be published as it was. What was built without
    its tests may be published only after a whole build.

    Args:
        arguments: What dbt is given; its variables are completed.

    Raises:
        KetteError: The warehouse is of the other mode or in use, or the variables are no mapping.
    """
    demo.adopt()
    command = [project.dbt_executable(), *_with_vars(arguments)]
    mode.claim_warehouse()
    load.prepare_warehouse()
    settings().dbt_home.mkdir(parents=True, exist_ok=True)
    with lock.warehouse_lock():
        decisions.hand_over()
        persons.hand_over()
        if _verb(arguments) not in CHANGING:
            return _run(command)
        before, passed = records.build_started(), False
        try:
            code = _run(command)
            passed = code == 0 and _verb(arguments) == "build"
        finally:
            records.build_ended(passed=passed, is_complete=False, before=before)
        return code


def _run(command: Sequence[str]) -> int:
    return subprocess.run(  # noqa: S603 - dbt of this environment
        command, env=child_environment(project.environment()), check=False
    ).returncode


def _verb(arguments: Sequence[str]) -> str:
    return next((each for each in arguments if not each.startswith("-")), "")


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
