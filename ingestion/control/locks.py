"""Locks: one load per source, one writer of the warehouse, one pipeline run at a time.

Writers of the warehouse take turns: a process that waits gets the lock before the one that had it
last. The locks use ``flock``. The kernel releases them when a process dies, so nothing needs cleaning
up after a kill. The lock file says who holds the lock, so that others can report it while they wait.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from ingestion.control import store
from ingestion.errors import AlreadyRunningError
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PAUSE_SECONDS = 0.05
# as long as a run may take (`dagster/max_runtime`): whoever is waited for has ended by then
PATIENCE_SECONDS = 4 * 60 * 60
# another process that only looks whether a lock is held has it for a moment
GLANCE_SECONDS = 1.0
# a shorter wait needs no words: writers of the warehouse take turns
SILENT_SECONDS = 5.0


def _nobody(_text: str) -> None:
    """Tell nobody."""


@dataclass
class _Me:
    """What this process is called where others wait for it, and whom it tells that it waits."""

    name: str = ""
    tell: Callable[[str], None] = _nobody


_me = _Me()


def call_me(name: str) -> None:
    """Set what others are told that they wait for, e.g. the run that this process is part of."""
    _me.name = name


def tell(say: Callable[[str], None]) -> None:
    """Set who is told, once for each wait, for whom this process waits and since when."""
    _me.tell = say


def my_name() -> str:
    """Return what this process is called; by default its command."""
    return _me.name or " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])


def _described(text: str) -> str:
    """Return who wrote into a lock's file: who, with which process, since when."""
    try:
        owner = json.loads(text)
        return f"{owner['name']} (pid {owner['pid']}, since {owner['since']} UTC)"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _is_ours(owner: str) -> bool:
    """Tell whether a holder is part of the same run: what follows a comma is its part."""
    return owner.startswith(f"{my_name().partition(',')[0]},")


def _file(name: str) -> IO[str]:
    folder = settings().locks
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"{name}.lock").open("a+")


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _is_free(file: IO[str]) -> bool:
    """Take the lock where nobody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def holder(name: str) -> str | None:
    """Return who holds a lock, and since when; None where it is free."""
    if not (settings().locks / f"{name}.lock").exists():
        return None
    with _file(name) as file:
        return None if _is_free(file) else _described(_content(file))


@contextmanager
def _flock(name: str, subject: str, wait_seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    with _file(name) as file:
        waits_for = ""
        while not _is_free(file):
            owner, waited = _described(_content(file)), time.monotonic() - begun
            if waited >= wait_seconds:
                raise AlreadyRunningError(
                    f"already running: {owner}",
                    where=subject,
                    fix="Wait until it ends, or end that process, and run again",
                )
            if owner != waits_for and waited >= SILENT_SECONDS and not _is_ours(owner):
                waits_for = owner
                _me.tell(
                    f"{subject}: waiting for {owner}. It goes on by itself when that has ended"
                )
            time.sleep(PAUSE_SECONDS)
        file.truncate(0)
        since = f"{store.now():%Y-%m-%d %H:%M:%S}"
        file.write(json.dumps({"name": my_name(), "pid": os.getpid(), "since": since}))
        file.flush()
        yield


@contextmanager
def source_lock(source: str, wait_seconds: float = GLANCE_SECONDS) -> Iterator[None]:
    """Hold the one run of a source.

    Raises:
        AlreadyRunningError: Another process loads this source for longer than ``wait_seconds``.
    """
    with _flock(f"source-{source}", f"source {source}", wait_seconds):
        yield


@contextmanager
def run_lock() -> Iterator[None]:
    """Hold the one pipeline run.

    Raises:
        AlreadyRunningError: Another pipeline run is under way.
    """
    with _flock("run", "kette run", GLANCE_SECONDS):
        yield


@contextmanager
def warehouse_lock(wait_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the right to write the warehouse; waits for the present writer.

    Raises:
        AlreadyRunningError: The writer did not end within ``wait_seconds``.
    """
    with ExitStack() as turn:
        # one waits for the writer, the others wait to be next: none is overtaken by it
        turn.enter_context(_flock("warehouse-next", "warehouse", wait_seconds))
        with _flock("warehouse", "warehouse", wait_seconds):
            turn.close()
            yield
