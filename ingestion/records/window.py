"""The window in which the time of a record must lie. A record outside it is quarantined.

One event of the year 25 or 9999 would otherwise stretch every calendar and every monthly figure.
Planned things (a booking, a future invoice) may lie further ahead than past events.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# whatever a person may have planned or remembers
PLANNED = (date(1900, 1, 1), date(2200, 1, 1))
TIMES = ("timestamp", "date")


@dataclass(frozen=True)
class Window:
    """The days from ``first`` on and before ``end``, and what is said of others."""

    first: date
    end: date
    too_early: str
    too_late: str

    def problem(self, value: date) -> str | None:
        """Return why a day, or a moment with a zone, is outside; None where it is not."""
        day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
        if day < self.first:
            return self.too_early
        return self.too_late if day >= self.end else None


def happened() -> Window:
    """Return the window of what happened."""
    now = settings()
    # a day that is set as today lies behind what comes in meanwhile, such as a webhook's receipt
    latest = max(now.today(), datetime.now(UTC).date())
    return Window(
        now.earliest,
        latest + timedelta(days=now.days_ahead + 1),
        f"before {now.earliest} (KETTE_EARLIEST)",
        f"more than {now.days_ahead} days ahead (KETTE_DAYS_AHEAD)",
    )


def planned() -> Window:
    """Return the window of what is planned, or was long before any record."""
    first, end = PLANNED
    return Window(first, end, f"before {first}", f"not before {end}")


def of(columns: Mapping[str, str], planned_columns: Collection[str]) -> dict[str, Window]:
    """Return the window of each time column, by name, of columns with their types."""
    past, future = happened(), planned()
    return {
        name: future if name in planned_columns else past
        for name, kind in columns.items()
        if kind in TIMES
    }


def epoch_cases(column: str, each_second: int) -> str:
    """Return SQL cases that tell why a count since 1970 is outside the window of what happened."""
    bounds = happened()
    first, end = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * each_second
        for day in (bounds.first, bounds.end)
    )
    return (
        f"when {column} < {first} then 'the time lies {bounds.too_early}' "
        f"when {column} >= {end} then 'the time lies {bounds.too_late}'"
    )


def outside(column: str, bounds: Window) -> list[tuple[str, str]]:
    """Return SQL that is true of a time outside the window, and the reason, for both sides."""
    return [
        (f"{column} < timestamptz '{bounds.first} 00:00:00Z'", bounds.too_early),
        (f"{column} >= timestamptz '{bounds.end} 00:00:00Z'", bounds.too_late),
    ]
