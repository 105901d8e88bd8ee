"""Child processes that never outlive their parent: each group is ended with all its descendants."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from functools import partial
from typing import IO, TYPE_CHECKING

import psutil

from ingestion.settings import CHECKOUT, child_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals = signal.SIGTERM, parent: int | None = None) -> None:
    """Have the kernel end this process when its parent dies, even by kill -9 (Linux only).

    Args:
        by: The signal that ends it.
        parent: The parent's number; where another one is the parent by now, this process ends at once.
    """
    # whoever was started with the signal ignored would pass that on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)
    if parent not in {None, os.getppid()}:
        os.kill(os.getpid(), by)


def start(arguments: Sequence[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own.

    Args:
        arguments: The program and its arguments.
        output: Where both of its outputs go.
    """
    return subprocess.Popen(  # noqa: S603 - only our own programs are started
        list(arguments),
        cwd=CHECKOUT,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # called before any thread is started
        preexec_fn=partial(end_with_parent, parent=os.getpid()),  # noqa: PLW1509
    )


def end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """End programs with all their descendants: politely first, then for good."""
    started = list(processes)
    family = [member for process in started for member in _family(process.pid)]
    # each by its own number: a descendant may have left its parent's group
    for stop in (psutil.Process.terminate, psutil.Process.kill):
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                stop(member)
        _gone, family = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in started:
        # what was started while the others were asked to end
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _family(pid: int) -> list[psutil.Process]:
    """Return a program with its descendants, and those of its group whose own parents have died."""
    members = [each for each in psutil.process_iter() if _group(each) == pid]
    with contextlib.suppress(psutil.NoSuchProcess):
        members += psutil.Process(pid).children(recursive=True)
    return list(dict.fromkeys(members))


def _group(process: psutil.Process) -> int | None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        return os.getpgid(process.pid)
    return None


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Treat a termination signal like Ctrl-C, so that blocks are left in order."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
