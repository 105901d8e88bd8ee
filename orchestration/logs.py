"""What libraries print during a run: a file for each run, and a link to the newest."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingestion.control import store
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST = "run.log"
PATTERN = "run-*.log"


def folder() -> Path:
    """Return the folder of all logs."""
    return settings().home / "logs"


def newest() -> Path:
    """Return the log of the newest run."""
    return folder() / NEWEST


def _begin(run_id: str) -> Path:
    """Return the log file of a run that begins, to which the link leads from now on."""
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"run-{store.now():%Y%m%dT%H%M%S}-{run_id[:8]}.log"
    path.touch()
    fresh = folder() / f"{NEWEST}.partial"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(path.name)
    fresh.replace(newest())
    return path


@contextmanager
def quiet_output(run_id: str) -> Iterator[None]:
    """Send what libraries and their child processes print to the log file of the run.

    The descriptors themselves are moved, since Dagster and dbt write to them from other processes.
    A console that is to be seen meanwhile needs a copy of the descriptor made before.
    """
    with _begin(run_id).open("a") as log:
        sys.stdout.flush()
        sys.stderr.flush()
        saved = [os.dup(number) for number in (1, 2)]
        try:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, number)
                os.close(copy)
