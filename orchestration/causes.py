"""Finds the cause in the output of a library: the one line that says why, never cut off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# "Runtime Error in model dim_customers (models/marts/…)": which model it was is said beside it
HEADING = re.compile(r"^\w+ Error in \w+ \S+ \(.*\)$")
# `ZeroDivisionError: …`, `duckdb.IOException: …`, `KeyError`
RAISED = re.compile(r"^[\w.]*(Error|Exception|Interrupt|Exit)\b(:|$)")
# what follows the cause: where the statement lies and how it reads
AFTER = re.compile(r"^(LINE \d+:|compiled code at |> in macro )", re.IGNORECASE)
LONGEST = 600


def of_text(text: str | None) -> str:
    """Return the cause that a message or traceback tells, in one line; empty where there is none.

    A traceback tells it in its last exception, everything else at its beginning.
    """
    lines = [line.strip() for line in (text or "").splitlines()]
    lines = [line for line in lines if line and not HEADING.match(line)]
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        raised = [number for number, line in enumerate(lines) if RAISED.match(line)]
        lines = lines[raised[-1] if raised else -1 :]
    cause = " ".join(_until_statement(lines))
    return cause if len(cause) <= LONGEST else f"{cause[:LONGEST]} …"


def _until_statement(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if AFTER.match(line):
            return
        yield line


def of_step(event: Any, log: Path | None = None) -> str:
    """Return why a Dagster step failed; of what nobody foresaw, also where its whole story is."""
    data = event.step_failure_data
    described = data.user_failure_data.description if data.user_failure_data else None
    if described:
        return str(described)
    error = data.error
    while error and error.cause:
        error = error.cause
    cause = f"{event.step_key}: {of_text(error.message if error else None) or 'unknown error'}"
    return f"{cause}. The whole story is in {log}" if log else cause
