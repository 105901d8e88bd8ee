"""What a person at the console sees during work.

Code reports through ``say`` and does not know consoles. The ``kette`` command installs a
``ConsoleReporter``, a run of Dagster's schedules a ``LogReporter``. Waiting for a lock is reported the
same way.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from rich.text import Text

from ingestion.control import locks

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

# without a terminal a line every few seconds shows life without filling a log
QUIET_SECONDS = 5.0


class Reporter(Protocol):
    """Receives the progress of long work."""

    def say(self, text: str) -> None:
        """Take note of a passing state, e.g. pages read so far."""

    def done(self, text: str) -> None:
        """Take note of something finished that is worth a line of its own."""


class SilentReporter:
    """Keeps nothing."""

    def say(self, text: str) -> None:
        """Ignore a passing state."""

    def done(self, text: str) -> None:
        """Ignore a finished step."""


class LogReporter:
    """Writes finished steps into the log of a Dagster run."""

    def __init__(self, log: Any) -> None:
        self.log = log

    def say(self, text: str) -> None:
        """Ignore a passing state."""

    def done(self, text: str) -> None:
        """Log a finished step, without the marks that only a console understands."""
        self.log.info(Text.from_markup(text).plain)


class ConsoleReporter:
    """Shows passing states in one moving line, or now and then in a log; finished steps stay."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._status: Status | None = None
        self._last = 0.0

    def say(self, text: str) -> None:
        """Show a passing state."""
        if self.console.is_terminal:
            if self._status is None:
                self._status = self.console.status("")
                self._status.start()
            self._status.update(f"[dim]{text}[/dim]")
        elif time.monotonic() - self._last >= QUIET_SECONDS:
            self._last = time.monotonic()
            self.console.print(f"  {text}", highlight=False, markup=False)

    def done(self, text: str) -> None:
        """Print a finished step."""
        self.console.print(f"  {text}", highlight=False)

    def close(self) -> None:
        """Take the moving line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


_current: list[Reporter] = [SilentReporter()]


def use(reporter: Reporter) -> None:
    """Put a reporter in place for this process."""
    _current[0] = reporter
    locks.tell(done)


def log_to(log: Any) -> None:
    """Report to the log of a Dagster run, unless somebody at a console is told already."""
    if not isinstance(_current[0], ConsoleReporter):
        use(LogReporter(log))


def say(text: str) -> None:
    """Report a passing state."""
    _current[0].say(text)


def done(text: str) -> None:
    """Report something finished."""
    _current[0].done(text)
