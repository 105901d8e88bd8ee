"""What all subcommands share: consoles, the check of settings, and dates as arguments."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from orchestration import reporting

if TYPE_CHECKING:
    from collections.abc import Iterator


def error_console() -> Console:
    """Return a console on standard error, for failures."""
    return Console(stderr=True, soft_wrap=True)


def console() -> Console:
    """Return a console on standard output; lines are only folded on a terminal."""
    return Console(soft_wrap=not sys.stdout.isatty())


def _lasting_console() -> Console:
    """Return a console that reaches the person while standard output is sent to a log file."""
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except (OSError, ValueError):
        # a test or notebook captures standard output without a descriptor
        return console()
    stream = os.fdopen(descriptor, "w", buffering=1)
    return Console(file=stream, soft_wrap=not stream.isatty())


def check_settings() -> None:
    """Refuse settings that nothing reads.

    Raises:
        KetteError: A variable is unknown, e.g. misspelt.
    """
    from ingestion.registry import REGISTRY
    from ingestion.settings import check_names

    check_names({load.source: load.settings.get_resolvable_fields() for load in REGISTRY})


def warn_of_held(source: str | None = None) -> None:
    """Say what is held back, of a source or of all, so that it is not overlooked."""
    from orchestration.monitoring import held

    for warning in held.warnings(source):
        error_console().print(f"⚠ {warning}", style="bold yellow", markup=False, highlight=False)


@contextmanager
def progress() -> Iterator[reporting.ConsoleReporter]:
    """Show the progress of the block's work on the console."""
    reporter = reporting.ConsoleReporter(_lasting_console())
    reporting.use(reporter)
    try:
        yield reporter
    finally:
        reporter.close()
        reporting.use(reporting.SilentReporter())


def parse_date(text: str | None) -> date | None:
    """Return an argument as a date.

    Raises:
        typer.BadParameter: It is none.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as YYYY-MM-DD") from None
