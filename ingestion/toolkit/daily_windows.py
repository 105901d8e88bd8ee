"""Daily figures that a vendor restates: the first load goes month by month, later ones look back.

Advertising figures of a day change for weeks (a purchase counts for the day of the click). So every run
reads the last weeks again and replaces them day by day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingestion.toolkit.source import Page, Reader

SPAN_DAYS = 31
LAST_DAY = "last_day"
ONE_DAY = timedelta(days=1)


def read_days(
    reader: Reader,
    pages: Callable[[date, date], Iterator[Page]],
    *,
    last: date,
    lookback_days: int,
    earliest: date | None = None,
) -> Iterator[Page]:
    """Yield the pages of all days that this run is to read, each span committed on its own.

    Args:
        reader: What the stream reads with; its settings have a ``start_date``.
        pages: Yields the pages of the days from the first to the second, both included.
        last: The last day the vendor has figures of.
        lookback_days: How many of the days that were loaded before are read again.
        earliest: The first day the vendor still answers for.

    Raises:
        KetteError: No start date is set.
    """
    known = date.fromisoformat(reader.state[LAST_DAY]) if _is_known(reader) else None
    begin = _begin(reader, known, lookback_days)
    if earliest is not None and begin < earliest:
        reader.note(f"the vendor keeps figures since {earliest} only")
        begin = earliest
    end = min(reader.to_date or last, last)
    first = begin
    while first <= end:
        until = min(end, first + timedelta(days=SPAN_DAYS - 1))
        if first > begin:
            reader.checkpoint()
        reader.window(first, until)
        yield from pages(first, until)
        reader.covered(
            *(first + timedelta(days=number) for number in range((until - first).days + 1))
        )
        if reader.from_date is None:
            reader.state[LAST_DAY] = max(until, known or until).isoformat()
        first = until + ONE_DAY


def _is_known(reader: Reader) -> bool:
    return reader.known and LAST_DAY in reader.state


def _begin(reader: Reader, known: date | None, lookback_days: int) -> date:
    if reader.from_date is not None:
        return reader.from_date
    start: date | None = reader.settings.start_date
    if start is None:
        raise KetteError(
            "the first day to load is not set",
            where=f"SOURCES__{reader.client.source.upper()}__START_DATE",
            fix="Set it to the day from which on figures are wanted",
        )
    if known is None:
        return start
    return max(start, known - timedelta(days=lookback_days - 1))
