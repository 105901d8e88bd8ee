"""The dbt project as other modules see it: its location, its environment and its manifest.

``python -m orchestration.project TOOL …`` runs a tool (dbt, sqlfluff) with that environment.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingestion.errors import KetteError
from ingestion.settings import CHECKOUT, child_environment, export, settings
from orchestration.host import tied

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT_DIR = CHECKOUT / "dbt_project"
SEEDS_DIR = CHECKOUT / "seeds"
# says to dbt that whoever started it holds the lock of what it builds (macro require_lock)
LOCKED = {"DBT_STARTED_BY": "kette"}
# dbt puts the time of day before each line
CLOCK = re.compile(r"^\d\d:\d\d:\d\d\s+", re.MULTILINE)


def dbt_executable() -> str:
    """Return the dbt of the running Python's environment."""
    return str(Path(sys.executable).with_name("dbt"))


def target_path() -> Path:
    """Return the folder of the manifest and of what dbt compiles."""
    return settings().dbt_home / "target"


def run_path() -> Path:
    """Return the folder of a build's artefacts, apart from the manifest that others read."""
    return settings().dbt_home / "run"


def dev_path() -> Path:
    """Return the folder of the copy that models are developed on, and of what dbt keeps beside it."""
    return settings().home / "dev"


def dev_environment() -> dict[str, str]:
    """Return the variables by which dbt works on the copy, beside the usual ones."""
    return {
        "DBT_TARGET": "dev",
        "DBT_DEV_WAREHOUSE": str(dev_path() / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(dev_path() / "target"),
        "DBT_LOG_PATH": str(dev_path() / "logs"),
    }


def manifest_path() -> Path:
    """Return where the manifest lies."""
    return target_path() / "manifest.json"


def environment() -> dict[str, str]:
    """Return the variables by which profiles.yml and dbt find everything."""
    current = settings()
    return {
        "KETTE_WAREHOUSE": str(current.warehouse),
        "DBT_TARGET": "warehouse",
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_TARGET_PATH": str(target_path()),
        "DBT_LOG_PATH": str(current.dbt_home / "logs"),
        # every statement of a build would be 40 MB, and a tenth of its work
        "DBT_LOG_LEVEL_FILE": "info",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        # models of type Python import this package wherever dbt is started
        "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *_python_path()]),
    }


def _python_path() -> list[str]:
    given = child_environment().get("PYTHONPATH", "").split(os.pathsep)
    return [path for path in given if path and path != str(CHECKOUT)]


def own_text_model() -> Path:
    """Return where the installation's own model of sentiment is kept, once it is trained."""
    return settings().home / "text" / "sentiment.npz"


def vars_argument(**more: object) -> list[str]:
    """Return the variables every dbt command gets: today's day and zone, and where the own model is."""
    current = settings()
    given = {
        "as_of": current.today().isoformat(),
        "business_time_zone": current.time_zone,
        "text_model": str(own_text_model()),
        **more,
    }
    # the same text each time: a changed variable makes dbt parse everything again
    return ["--vars", json.dumps(given)]


def is_stale(manifest: Path) -> bool:
    """Return whether the manifest is missing or older than a file of the project or a seed."""
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    return any(path.stat().st_mtime > made for path in files())


def files() -> Iterator[Path]:
    """Yield the files of the project and its seeds."""
    for folder in (PROJECT_DIR, SEEDS_DIR):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".sql", ".py", ".yml", ".md", ".csv"} and "target" not in path.parts:
                yield path


@contextmanager
def _parse_lock() -> Iterator[None]:
    folder = settings().dbt_home
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "parse.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure_manifest() -> Path:
    """Return the path of an up-to-date manifest; parse the project where that is needed.

    Raises:
        KetteError: The dbt project does not parse.
    """
    manifest = manifest_path()
    with _parse_lock():
        if is_stale(manifest):
            run_dbt("parse")
            # dbt leaves an unchanged manifest's time alone when nothing had to be parsed
            manifest.touch()
    return manifest


def manifest() -> dict[str, Any]:
    """Return the up-to-date manifest."""
    content: dict[str, Any] = json.loads(ensure_manifest().read_text())
    return content


def parsed_manifest() -> dict[str, Any] | None:
    """Return the manifest as it was parsed last, or None where no project was parsed yet."""
    path = manifest_path()
    return json.loads(path.read_text()) if path.exists() else None


def run_dbt(
    *arguments: str,
    variables: Mapping[str, object] | None = None,
    instead: Mapping[str, str] | None = None,
) -> str:
    """Run a dbt command to its end and return what it printed.

    Args:
        arguments: The command and its options.
        variables: Variables of the project beside those that every command gets.
        instead: Variables of the environment that replace the usual ones.

    Raises:
        KetteError: It fails.
    """
    done = subprocess.run(  # noqa: S603 - our own executable and arguments
        tied.command(
            dbt_executable(),
            "--quiet",
            "--no-use-colors",
            *arguments,
            *vars_argument(**(variables or {})),
        ),
        cwd=PROJECT_DIR,
        env=child_environment({**environment(), **LOCKED, **(instead or {})}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        printed = CLOCK.sub("", done.stdout + done.stderr)
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        raise KetteError(
            " ".join(lines[-6:])[-600:] or f"exit code {done.returncode}",
            where=f"dbt {arguments[0]}",
            fix="Mend the named file under dbt_project/ and run again",
        )
    return done.stdout


def main() -> None:
    """Replace this process by the given tool, in the project's environment."""
    export(environment())
    settings().dbt_home.mkdir(parents=True, exist_ok=True)
    tool = str(Path(sys.executable).with_name(sys.argv[1]))
    os.execv(tool, [tool, *sys.argv[2:]])  # noqa: S606 - tool of this environment


if __name__ == "__main__":
    main()
