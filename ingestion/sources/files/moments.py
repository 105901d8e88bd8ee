"""Which date formats read the times of a column, tried out with the SQL of a load."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ingestion.sources.files import dates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import duckdb

DAYS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%Y.%m.%d", "%Y%m%d"),
    *("%d %b %Y", "%d %B %Y", "%d. %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y"),
    *("%b %d, %Y", "%B %d, %Y", "%a, %d %b %Y", "%A, %d %B %Y", "%Y-%m-%d", "%Y/%m/%d"),
)
CLOCKS = (
    *("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p"),
    *("%H:%M %z", "%H:%M:%S %z", "%H:%M:%S.%f %z", "%Hh%M", "%H.%M"),
)
BETWEEN = (" ", ", ", "T", ":", " - ")
# counts since 1970 and days without marks that lie between 2001 and 2033, since any number is one
EPOCHS = {"epoch": r"1\d{9}(\.\d+)?", "epoch_ms": r"1\d{12}"}
PLAIN_DAY = r"20[0-3]\d[01]\d[0-3]\d"
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?")
# the order of day and month within a format
ORDER = {"%d": "%m", "%m": "%d"}
ALMOST_ALL = 0.8
MOST_FORMATS = 3


@dataclass(frozen=True)
class Formats:
    """The formats that read a column's times, none for ISO 8601, and how many values they read.

    ``others`` are formats with day and month the other way round that read as many.
    """

    names: tuple[str, ...]
    read: int
    others: tuple[str, ...] = ()


def find(
    connection: duckdb.DuckDBPyConnection, texts: Collection[str], *, is_month_first: bool = False
) -> Formats | None:
    """Return the formats that read most of the texts; None where fewer than most are times.

    A day that no calendar has, such as 31.02., is a time with a slip: the trial tells its line.

    Args:
        connection: Of any database.
        texts: Values of a column, none of them blank.
        is_month_first: Which order is taken where the texts do not tell.
    """
    values = list(dict.fromkeys(texts))
    if not values:
        return None
    wanted = [name for name, look in _looks().items() if any(map(look.fullmatch, values))]
    reads = _reads(connection, wanted, values)
    if _is_enough(values, reads[""], [re.compile(dates.ISO_TIME)]):
        return Formats((), len(reads[""]))
    del reads[""]
    chosen, left, others = list[str](), set(range(len(values))), list[str]()
    while left and reads and len(chosen) < MOST_FORMATS:
        best = max(reads, key=lambda name: (len(reads[name] & left), _rank(name, is_month_first)))
        if not reads[best] & left:
            break
        turned = _turned(best)
        if turned != best and reads.get(turned, set()) & left == reads[best] & left:
            others.append(turned)
        chosen.append(best)
        left -= reads[best]
    read = set(range(len(values))) - left
    if not _is_enough(values, read, [_looks()[name] for name in chosen]):
        return None
    return Formats(tuple(chosen), len(read), tuple(others))


def _is_enough(
    values: Sequence[str], read: Collection[int], looks: Sequence[re.Pattern[str]]
) -> bool:
    """Return whether nearly all are read, or most are and nearly all others look like them."""
    alike = sum(
        at not in read and any(look.fullmatch(value) for look in looks)
        for at, value in enumerate(values)
    )
    most = len(read) > len(values) / 2
    return len(read) + (alike if most else 0) >= ALMOST_ALL * len(values)


def _all() -> Iterator[str]:
    yield from DAYS
    for day in DAYS:
        for between in BETWEEN:
            yield from (f"{day}{between}{clock}" for clock in CLOCKS)


@cache
def _looks() -> Mapping[str, re.Pattern[str]]:
    """Return what the texts look like that a format may read."""
    found = {name: re.compile(pattern) for name, pattern in EPOCHS.items()}
    for name in _all():
        pattern = dates.pattern(re.sub(r"\s*%z", "%z", name))
        pattern = pattern.replace("[[:alpha:]]", r"[^\W\d_]")
        found.setdefault(name, re.compile(pattern.replace(dates.LETTERS["z"], r"\s*\S+")))
    found["%Y%m%d"] = re.compile(PLAIN_DAY)
    return found


def _reads(
    connection: duckdb.DuckDBPyConnection, wanted: Sequence[str], values: Sequence[str]
) -> dict[str, set[int]]:
    """Return which values each format reads; the format without a name is ISO 8601."""
    names = ["", *wanted]
    columns = ", ".join(
        f"({dates.moment((name,) if name else (), 'one', 'false')}) is not null" for name in names
    )
    connection.execute("set TimeZone = 'UTC'")
    found = connection.execute(
        f"select {columns} from (select unnest(?) as one)",  # noqa: S608 - formats of this module
        [list(values)],
    ).fetchall()
    return {
        name: {at for at, row in enumerate(found) if row[column]}
        for column, name in enumerate(names)
    }


def _rank(name: str, is_month_first: bool) -> tuple[bool, bool, bool]:  # noqa: FBT001 - of a key
    """Return what decides between formats that read as many: years of four digits, the order."""
    is_month_before = name.startswith("%m")
    return "%Y" in name, is_month_before == (is_month_first or "%I" in name), "%I" in name


def _turned(name: str) -> str:
    """Return a format with day and month the other way round."""
    return re.sub("%[dm]", lambda found: ORDER[found[0]], name)
