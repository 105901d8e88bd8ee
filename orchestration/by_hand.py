"""dbt by hand, as an analytics engineer at work on a model uses it: the day and settings of a run."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

from ingestion.errors import KetteError
from ingestion.settings import child_environment, settings
from orchestration import demo, preparation, project, records

if TYPE_CHECKING:
    from collections.abc import Sequence

VARS = "--vars"
# what takes variables, and changes tables or does not; `docs`, `clean` and others do without
CHANGING = frozenset({"build", "clone", "retry", "run", "run-operation", "seed", "snapshot"})
READING = frozenset({"compile", "list", "ls", "parse", "show", "source", "test"})


def run(arguments: Sequence[str]) -> int:
    """Run dbt, and return its exit code.

    What it changes may be published only after a whole build, whatever was tested.

    Args:
        arguments: What dbt is given; its variables are completed.

    Raises:
        KetteError: The warehouse is of the other mode or in use, or the variables are no mapping.
    """
    demo.adopt()
    command = [project.dbt_executable(), *_with_vars(arguments)]
    settings().dbt_home.mkdir(parents=True, exist_ok=True)
    with preparation.prepared():
        if _verb(arguments) in CHANGING:
            # beforehand: it may be killed
            records.built_by_hand()
        return _run(command)


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
