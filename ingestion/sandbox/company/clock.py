"""The world's calendar: its first day, its today, its months and its working hours.

All moments are whole seconds (or, where the name says so, milliseconds) since 1970 in UTC.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company.draws import DAY

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array

VERSION = 1
TIME_ZONE = "Europe/Berlin"
OPENS, CLOSES = 8, 18
SATURDAY = 5
# how much of a day's traffic falls into each hour of the local clock
_HOURS = np.array(
    [1, 0.6, 0.4, 0.3, 0.4, 1, 3, 6, 10, 13, 14, 13, 10, 12, 13, 12, 11, 9, 7, 6, 6, 5, 4, 2]
)
_EDGES = np.concatenate([[0], np.cumsum(_HOURS)]) / _HOURS.sum()


class Month(NamedTuple):
    """A calendar month of the world."""

    name: str
    begin: int
    end: int


@dataclass(frozen=True)
class World:
    """What makes a world: the same values make the same bytes."""

    seed: int
    customers: int
    months: int
    start: date
    until: date

    @property
    def begin(self) -> int:
        """First second of the world."""
        return seconds(self.start)

    @property
    def now(self) -> int:
        """First second that nobody has seen yet."""
        return seconds(self.until)

    @property
    def now_ms(self) -> int:
        """The same in milliseconds."""
        return self.now * 1000

    @property
    def rated_seconds(self) -> int:
        """Time within which ``customers`` persons arrive, whatever today is."""
        return seconds(add_months(self.start, self.months)) - self.begin

    def calendar(self) -> list[Month]:
        """Return the months from the first day to the last one anybody has seen."""
        first, months = self.start.replace(day=1), []
        while seconds(first) < self.now:
            following = add_months(first, 1)
            months.append(Month(f"{first:%Y-%m}", seconds(first), seconds(following)))
            first = following
        return months


def seconds(day: date) -> int:
    """Return the first second of a day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def add_months(day: date, count: int) -> date:
    """Return the same day some months later, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_months_to(moments: Array, count: Array | int) -> Array:
    """Do the same for many moments, keeping the time of day."""
    stamps = moments.astype("datetime64[s]")
    months = stamps.astype("datetime64[M]")
    target = months + count
    days = (stamps.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    first = target.astype("datetime64[D]")
    longest = ((target + 1).astype("datetime64[D]") - first).astype(np.int64) - 1
    return np.asarray(
        first.astype(np.int64) * DAY + np.minimum(days, longest) * DAY + moments % DAY
    )


def _last_sunday(year: int, month: int) -> int:
    last = date(year, month, 31)
    return seconds(last - timedelta(days=(last.weekday() + 1) % 7)) + 3600


_SUMMER = np.array([_last_sunday(year, month) for year in range(2000, 2100) for month in (3, 10)])


def local(moments: Array) -> Array:
    """Return the company's wall clock, as seconds."""
    summer = np.searchsorted(_SUMMER, moments, side="right") % 2 == 1
    return np.asarray(moments + 3600 + 3600 * summer)


def is_working_time(moments: Array) -> Array:
    """Tell whether somebody sits at the support desk."""
    clock = local(moments)
    hour = clock % DAY // 3600
    return (weekday(clock) < SATURDAY) & (hour >= OPENS) & (hour < CLOSES)


def weekday(moments: Array) -> Array:
    """Return 0 for Monday to 6 for Sunday."""
    return (moments // DAY + 3) % 7


def waking(moments: Array) -> Array:
    """Shift moments within their day to the hours when people are awake; order is kept."""
    day, share = moments // DAY, moments % DAY / DAY
    hour = np.clip(np.searchsorted(_EDGES, share, side="right") - 1, 0, 23)
    within = (share - _EDGES[hour]) / (_EDGES[hour + 1] - _EDGES[hour])
    # the weights are those of Berlin in winter
    return np.asarray((day * DAY + (hour - 1 + within) * 3600).astype(np.int64))
