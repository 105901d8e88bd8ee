"""Finds where the rows of a table begin: below the header row that has the mapping's columns."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from ingestion.sources.files.records import Bad, is_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# number, cells, and in a workbook what each holds
Row: TypeAlias = "tuple[int, list[str], str]"
# titles, dates of a report and empty rows above a table
MOST_BEFORE = 50
# what no name of a column looks like: a number, a date, an address
VALUE = re.compile(r"[\W\d]+|[^@\s]+@[^@\s]+\.[^@\s]+|\d{4}-\d\d-\d\d.*|\d+ ?\w{1,3}")


@dataclass(frozen=True)
class Table:
    """A table within a file: the names of its columns, its rows, and how many rows lie above."""

    names: list[str]
    rows: Iterator[Row | Bad]
    before: int
    fits: bool


def table(rows: Iterable[Row | Bad], wanted: Sequence[str], *, is_first: bool) -> Table:
    """Find the header row: the first that holds all the wanted columns.

    Args:
        rows: All rows.
        wanted: Columns that a mapping names.
        is_first: Whether the first row that is not empty is the header, whatever it holds.
    """
    waiting = iter(rows)
    looked: list[Row | Bad] = []
    first: int | None = None
    for row in waiting:
        looked.append(row)
        if isinstance(row, Bad) or is_empty(row[1]):
            continue
        if first is None:
            first = len(looked) - 1
        if is_first or fits(row[1], wanted):
            return Table(names(row[1]), waiting, len(looked) - 1, fits=True)
        if len(looked) > MOST_BEFORE:
            break
    if first is None:
        # nothing but lines that are no rows: of them each is told
        return Table([], iter(looked), 0, fits=False)
    header = looked[first]
    found = names(header[1]) if not isinstance(header, Bad) else []
    return Table(found, chain(looked[first + 1 :], waiting), first, fits=False)


def fits(cells: list[str], wanted: Sequence[str]) -> bool:
    """Return whether a row holds the names of all wanted columns."""
    return set(wanted) <= {*(cell.strip() for cell in cells), *names(cells)}


def names(cells: list[str]) -> list[str]:
    """Return the names of columns; repeated and empty ones become tellable apart."""
    given = [
        # an accent is one letter with its own, whichever of its two spellings a program writes
        unicodedata.normalize("NFC", cell.strip().strip("\ufeff").replace("\0", ""))
        or f"column_{position}"
        for position, cell in enumerate(cells, 1)
    ]
    times, taken, found = Counter(given), set(given), list[str]()
    at: Counter[str] = Counter()
    for name in given:
        unique = name
        while times[name] > 1 and (unique in taken):
            at[name] += 1
            unique = f"{name}_{at[name]}"
        taken.add(unique)
        found.append(unique)
    return found


def are_values(names: Sequence[str]) -> bool:
    """Return whether what should be names of columns is rather the first row of values."""
    return bool(names) and sum(1 for name in names if VALUE.fullmatch(name)) * 2 > len(names)
