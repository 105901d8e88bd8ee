"""What the raw tables hold, so that a load that brought nothing new is told from one that did.

The ledger says what was loaded, and a load brings again what it read before: whole listings, the
last days. So the content of a table is summed up after a load. Where that was not done, each load
counts as new: nothing is missed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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

    Bulk tables are not: they are large, and a slice of them is only loaded when it is new.
    """
    newest = _newest_loads(load.source)
    sums = {
        stream.name: [newest[load.source, stream.name], _sum(connection, load, stream)]
        for stream in load.streams
        if not stream.bulk and (load.source, stream.name) in newest
    }
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
        known_id, content = noted.get(source, {}).get(stream, (0, ""))
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
