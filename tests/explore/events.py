"""Events of a few persons in a table, for the macros to be asked of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from explore import macros

if TYPE_CHECKING:
    from collections.abc import Iterable

START = "cast('2026-01-01 00:00:00+00' as timestamptz)"
COLUMNS = {"events": "events", "person": "person", "moment": "occurred_at", "tie": "number"}


def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect(":memory:")
    opened.execute("set TimeZone = 'UTC'")
    opened.execute("set threads = 1")
    return opened


def put(opened: duckdb.DuckDBPyConnection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Make the table ``events`` of rows: person, seconds since the start, name, value, amount."""
    opened.execute(
        "create or replace table events (person varchar, occurred_at timestamptz, name varchar, "
        "value varchar, amount decimal(18, 4), number integer)"
    )
    for number, (person, seconds, name, *more) in enumerate(rows):
        value, amount = (*more, None, None)[:2]
        opened.execute(
            f"insert into events values (?, {START} + to_microseconds(cast(? as bigint)), ?, ?, ?, ?)",
            [person, round(seconds * 1_000_000), name, value, amount, number],
        )


def spelt(words: dict[str, str]) -> list[tuple[str, int, str]]:
    """Return events a second apart: each letter of a person's word is one."""
    return [
        (person, second, letter)
        for person, word in words.items()
        for second, letter in enumerate(word)
    ]


def ask(opened: duckdb.DuckDBPyConnection, macro: str, what: str, **arguments: Any) -> list[Any]:
    """Return columns of what a macro answers, in their own order."""
    statement = macros.sql(macro, **{**COLUMNS, **arguments})
    return opened.execute(f"select {what} from ({statement}) order by all").fetchall()
