"""What a file's columns hold (times, numbers, addresses, words), found with the SQL of a load."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion.sources.files import amounts
from ingestion.sources.files.contract import words
from ingestion.sources.files.formats import NUMBER, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from ingestion.sources.files.formats import Rows

# how much is looked at
MOST_ROWS, MOST_COLUMNS, MOST_VALUES = 20_000, 300, 1_000
# fields of objects within objects
MOST_DEEP = 3
MOSTLY, ALMOST_ALL = 0.6, 0.9
PATTERNS = {
    "emails": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "domains": r"(?i)(https?://)?([a-z0-9-]+\.)+[a-z]{2,}(/\S*)?",
    "phones": r"\+?[\d\s()/.-]{6,22}",
    "clocks": r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?",
    "letters": r"[A-Za-z]{3}",
    "languages": r"[a-z]{2}([-_][A-Za-z]{2})?",
    # what is a number whichever mark stands before its decimals
    "whole": r"[+-]?\d+",
}


@dataclass(frozen=True)
class Fact:
    """What one column holds, in the rows that were looked at.

    Counts are of rows in which something stands: ``filled`` in all, ``distinct`` values, and how
    many look like each kind. ``with_point`` and ``with_comma`` are the numbers by what stands
    before their decimals, ``rated`` numbers that may stand with their words, of which ``highest`` is
    the highest. ``at`` is the place among the columns. ``is_moment`` and ``is_number`` tell that the file itself has the type.
    """

    name: str
    at: int
    rows: int
    filled: int
    distinct: int
    counts: dict[str, int]
    with_point: int
    with_comma: int
    rated: int
    is_moment: bool
    is_number: bool
    values: Sequence[str]
    highest: float | None = None

    def mostly(self, kind: str, share: float = ALMOST_ALL) -> bool:
        """Return whether nearly all that stands in it looks like a kind of ``PATTERNS``."""
        return self.filled > 0 and self.counts[kind] >= share * self.filled

    @property
    def is_numeric(self) -> bool:
        """Whether nearly all of it is numbers."""
        most = max(self.with_point, self.with_comma)
        return self.is_number or (self.filled > 0 and most >= ALMOST_ALL * self.filled)

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.rows == self.distinct > 0

    def words_of(self, column: str) -> bool:
        """Return whether it holds only words that a contract column knows."""
        return bool(self.values) and set(self.values) <= set(words()[column])


def gather(connection: duckdb.DuckDBPyConnection, rows: Rows, *, is_json: bool) -> list[Fact]:
    """Return the facts of the columns of the file that lies in ``base``."""
    named = _fields(connection) if is_json else rows.names
    names = [name for name in named if rows.has(name)][:MOST_COLUMNS]
    if not names:
        return []
    texts = ", ".join(f"{rows.text(name)} as c{at}" for at, name in enumerate(names))
    natives = ", ".join(
        f"{rows.is_moment(name)} as t{at}, {rows.is_number(name)} as n{at}"
        for at, name in enumerate(names)
    )
    connection.execute(
        f"create or replace temp table looked_at as select {texts}, {natives} from base "  # noqa: S608
        f"where {rows.problem()} is null order by {NUMBER} limit {MOST_ROWS}"
    )
    return [_fact(connection, name, at) for at, name in enumerate(names)]


def _fields(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the fields of JSON, of objects within objects by their paths."""
    found: dict[str, None] = {}
    lines = f"select line from base where json_valid(line) limit {MOST_VALUES}"  # noqa: S608
    for (line,) in connection.execute(lines).fetchall():
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for name, value in document.items() if isinstance(document, dict) else ():
            found.update(dict.fromkeys(_paths(_escaped(name), value)))
    return list(found)


def joined(connection: duckdb.DuckDBPyConnection, first: Fact, second: Fact) -> list[str]:
    """Return the values of two columns joined by a blank, as a mapping joins them."""
    found = connection.execute(
        f"select distinct concat_ws(' ', c{first.at}, c{second.at}) from looked_at "  # noqa: S608
        f"where c{first.at} is not null and c{second.at} is not null limit {MOST_VALUES}"
    ).fetchall()
    return [text for (text,) in found]


def _paths(name: str, value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict) and depth < MOST_DEEP:
        for inner, content in value.items():
            yield from _paths(f"{name}/{_escaped(inner)}", content, depth + 1)
    elif not isinstance(value, list | dict):
        yield name


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _fact(connection: duckdb.DuckDBPyConnection, name: str, at: int) -> Fact:
    column = f"c{at}"
    kinds = ", ".join(
        f"count(*) filter (regexp_full_match({column}, {literal(pattern)}))"
        for pattern in PATTERNS.values()
    )
    point, comma = (_number(column, mark) for mark in (".", ","))
    rated = _number(column, ".", with_words=True)
    rows, filled, distinct, moments, numbers, with_point, with_comma, rates, high, *counts = (
        connection.execute(
            f"select count(*), count({column}), count(distinct {column}), "  # noqa: S608
            f"count(*) filter (t{at} and {column} is not null), "
            f"count(*) filter (n{at} and {column} is not null), count({point}), count({comma}), "
            f"count({rated}), max({rated})::double, {kinds} from looked_at"
        ).fetchall()[0]
    )
    values = connection.execute(
        f"select distinct on ({column}) {column} from looked_at where {column} is not null "  # noqa: S608
        f"limit {MOST_VALUES}"
    ).fetchall()
    return Fact(
        name=name,
        at=at,
        rows=rows,
        filled=filled,
        distinct=distinct,
        counts=dict(zip(PATTERNS, counts, strict=True)),
        with_point=with_point,
        with_comma=with_comma,
        rated=rates,
        is_moment=filled > 0 and moments >= ALMOST_ALL * filled,
        is_number=filled > 0 and numbers >= ALMOST_ALL * filled,
        values=[value for (value,) in values],
        highest=high,
    )


def _number(column: str, decimal: str, *, with_words: bool = False) -> str:
    """Return the SQL of a column's number, null where it is none."""
    found = amounts.parts(column, decimal, is_money=True, with_words=with_words)
    return amounts.value(f"({found})", column, decimal, "false")
