"""Which ranges of days a run reads from the export.

Events come late (a phone was offline) and are rewritten. So each run reads the last days again, in one
request because only sixty are allowed per hour. A first load goes month by month, in larger or smaller
steps depending on the size of the project. Each step is committed.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingestion.errors import KetteError
from ingestion.sources.mixpanel.api import last_complete_day, project_today

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader

FIRST_DAYS, MOST_DAYS = 31, 366
# what a step is to bring: little enough for the memory of a small machine
WANTED_EVENTS = 1_000_000
LAST_DAY = "last_day"
ONE_DAY = timedelta(days=1)


class Plan:
    """The ranges of one run, each found when the one before it is done."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._settings = reader.settings
        self._complete = last_complete_day(self._settings, reader.now)
        known = reader.state.get(LAST_DAY) if reader.known else None
        self._known = date.fromisoformat(known) if known else None
        self._days = FIRST_DAYS
        self._next, self._last = self._span()

    def _span(self) -> tuple[date, date]:
        reader = self._reader
        begin = self._settings.start_date
        if begin is None:
            raise KetteError(
                "the first day to load is not set",
                where="SOURCES__MIXPANEL__START_DATE",
                fix="Set it to the project's first day",
            )
        if self._known is not None:
            again = self._known - timedelta(days=self._settings.lookback_days - 1)
            begin = max(begin, min(again, self._known + ONE_DAY))
        # later days are refused
        end = min(reader.to_date or self._complete, project_today(self._settings, reader.now))
        return reader.from_date or begin, end

    def __iter__(self) -> Iterator[tuple[date, date]]:
        # what is read again is one range, so that it costs one request
        is_one = (self._last - self._next).days < FIRST_DAYS
        while self._next <= self._last:
            last = self._last if is_one else self._next + timedelta(days=self._days - 1)
            first, last = self._next, min(last, self._last)
            self._next = last + ONE_DAY
            yield first, last

    def done(self, first: date, last: date, events: int) -> None:
        """Remember that a range was read, and size the next by what it brought."""
        days = (last - first).days + 1
        wanted = days * WANTED_EVENTS // max(events, 1)
        self._days = max(1, min(wanted, MOST_DAYS))
        self._remember(first, min(last, self._complete))

    def _remember(self, first: date, last: date) -> None:
        """Move the last complete day on, where no gap lies before this range."""
        if self._known is None:
            joins = first == self._settings.start_date
        else:
            joins = first <= self._known + ONE_DAY
        if joins:
            self._known = max(self._known or last, last)
            self._reader.state[LAST_DAY] = self._known.isoformat()
