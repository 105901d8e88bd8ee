"""Sums up what the raw tables hold, to tell a load that brought something new from one that did not.

The ledger counts loaded rows, and a load reads much again: whole listings, the last days. So the content
of a table is summed up after a load. If that was not done, the load counts as new, and nothing is missed.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import warehouse
from ingestion.loading.gate import LOAD_ID, ROW_ID

if TYPE_CHECKING:
    import duckdb

    from ingestion.toolkit.source import Load, Stream

_KEY = "content/"


def note(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Sum up the tables of a source that was just loaded; hold the warehouse's lock meanwhile.

    Of a bulk table, which is large, only the slices are summed up again that a load wrote to.
    """
    newest = _newest_loads(load.source)
    noted = json.loads(store.fact(f"{_KEY}{load.source}") or "{}")
    sums = {}
    for stream in load.streams:
        if (load.source, stream.name) not in newest:
            continue
        ledger_id = newest[load.source, stream.name]
        if stream.bulk:
            slices = _slices(connection, load, stream, noted.get(stream.name, []))
            sums[stream.name] = [ledger_id, _of(slices), slices]
        else:
            sums[stream.name] = [ledger_id, _sum(connection, load, stream)]
    store.remember(f"{_KEY}{load.source}", json.dumps(sums))


def now() -> dict[str, str]:
    """Return a mark of each stream's content, by ``source stream``: it changes with the content."""
    facts = tables.facts
    noted = {
        row["key"].removeprefix(_KEY): json.loads(row["value"])
        for row in store.rows(sa.select(facts).where(facts.c.key.startswith(_KEY)))
    }
    marks = {}
    for (source, stream), ledger_id in _newest_loads().items():
        known_id, content, *_ = noted.get(source, {}).get(stream, (0, ""))
        marks[f"{source} {stream}"] = content if known_id == ledger_id else f"load {ledger_id}"
    decided = sa.select(sa.func.max(tables.identity_decisions.c.id).label("id"))
    if (newest := store.rows(decided)[0]["id"]) is not None:
        marks["decisions about identities"] = str(newest)
    return marks


def _newest_loads(source: str | None = None) -> dict[tuple[str, str], int]:
    """Return the newest ledger row of each stream that brought rows."""
    rows = tables.load_ledger
    statement = (
        sa.select(rows.c.source, rows.c.stream, sa.func.max(rows.c.id).label("id"))
        .where(rows.c.loaded > 0)
        .group_by(rows.c.source, rows.c.stream)
    )
    if source is not None:
        statement = statement.where(rows.c.source == source)
    return {(row["source"], row["stream"]): row["id"] for row in store.rows(statement)}


def _sum(connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream) -> str:
    """Return a sum of a table's rows, and of which of them the last full listing showed no more."""
    columns = ", ".join(f'"{name}"' for name in stream.columns if name not in {LOAD_ID, ROW_ID})
    found = connection.execute(
        f"""
        select count(*) || ' ' || coalesce(sum(hash({columns}, coalesce(
            try_cast({LOAD_ID} as decimal(20, 9)) < (
                select try_cast(load_id as decimal(20, 9))
                from {warehouse.LISTINGS}
                where source = ? and stream = ?
            ),
            false
        ))), 0)
        from {warehouse.table(load, stream)}
        """,  # noqa: S608 - names of our own definitions
        [load.source, stream.name],
    ).fetchall()
    return str(found[0][0])


def _slices(
    connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream, noted: list[Any]
) -> dict[str, str]:
    """Return a sum of each slice of a bulk table; those are taken over that no load wrote to since."""
    known_id, slices = (noted[0], noted[2]) if len(noted) > 2 else (0, {})  # noqa: PLR2004 - as ``note`` wrote it
    rows = tables.load_ledger
    written = store.rows(
        sa.select(rows.c.load_id).where(
            rows.c.source == load.source, rows.c.stream == stream.name, rows.c.id > known_id
        )
    )
    table, slice_of = warehouse.table(load, stream), f'cast("{stream.replace_by}" as varchar)'
    columns = ", ".join(f'"{name}"' for name in stream.columns if name not in {LOAD_ID, ROW_ID})
    found = connection.execute(
        f"""
        select {slice_of} as slice, count(*) || ' ' || sum(hash({columns}))
        from {table}
        where {slice_of} in (
            select {slice_of} from {table} where list_contains(?, {LOAD_ID})
        )
        group by 1
        """,  # noqa: S608 - names of our own definitions
        [[row["load_id"] for row in written]],
    ).fetchall()
    there = connection.execute(f"select distinct {slice_of} from {table}").fetchall()  # noqa: S608 - as above
    sums = {**slices, **dict(found)}
    return {name: sums.get(name, "") for (name,) in sorted(there)}


def _of(slices: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(slices).encode()).hexdigest()
