"""Child processes that never outlive us: own groups, ended with all their descendants."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import subprocess
from typing import IO, TYPE_CHECKING

import psutil

from ingestion.settings import CHECKOUT, child_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STOP_SECONDS = 15
PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel end this process when its parent dies, even by kill -9 (Linux only)."""
    # whoever was started with the signal ignored would pass that on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)


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
        preexec_fn=end_with_parent,  # noqa: PLW1509 - called before any thread is started
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
        process.wait()


def _family(pid: int) -> list[psutil.Process]:
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


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
