"""Locks: one run per source, one writer of the warehouse, one pipeline run at a time.

Whoever waits for the warehouse comes before whoever had it last: writers take turns.

They are ``flock`` locks: the kernel releases them when the process dies, so nothing has to be
cleaned up after a kill. The file holds who took the lock, for the message to the second comer.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ingestion import control
from ingestion.errors import AlreadyRunningError
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator


PAUSE_SECONDS = 0.05


def _holder(text: str) -> str:
    try:
        owner = json.loads(text)
    except ValueError:
        return ""
    return f" since {owner['since']} UTC (pid {owner['pid']})"


@contextmanager
def _flock(name: str, subject: str, wait_seconds: float) -> Iterator[None]:
    folder = settings().locks
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    with (folder / f"{name}.lock").open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    file.seek(0)
                    raise AlreadyRunningError(
                        f"already running{_holder(file.read())}",
                        where=subject,
                        fix="Wait until it ends, or end that process, and run again",
                    ) from None
                time.sleep(PAUSE_SECONDS)
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "since": f"{control.now():%Y-%m-%d %H:%M:%S}"}))
        file.flush()
        yield


@contextmanager
def source_lock(source: str) -> Iterator[None]:
    """Hold the one run of a source.

    Raises:
        AlreadyRunningError: Another process loads this source.
    """
    with _flock(f"source-{source}", f"source {source}", 0):
        yield


@contextmanager
def run_lock() -> Iterator[None]:
    """Hold the one pipeline run.

    Raises:
        AlreadyRunningError: Another pipeline run is under way.
    """
    with _flock("run", "kette run", 0):
        yield


@contextmanager
def warehouse_lock(wait_seconds: float = 900) -> Iterator[None]:
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
