"""Compares what the warehouse holds with what the control store says it holds.

The last transaction of each package notes in the warehouse which load of its stream is the latest. If
the warehouse comes from a backup, or lost the end of its write-ahead log, these notes show that it is
older. Loads that only the ledger knows are then lost: their rows are marked, their webhook messages
wait again, and the stream continues from the state stored in the warehouse. If that state is not
enough, the stream is read from the start.

If instead the warehouse knows loads that the control store does not, the control store was lost or
put back. It takes over its newest rows from the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import outcomes, store, tables
from ingestion.loading import ledger, warehouse
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import duckdb

    from ingestion.toolkit.source import Load, Stream

TAKEN_OVER = "taken over from the warehouse: the control store did not know this load"


@dataclass(frozen=True)
class Latest:
    """The latest load of a stream, as the warehouse says it."""

    stream: str
    load_id: str
    row_count: int
    committed_at: datetime


@dataclass
class Disagreement:
    """Where warehouse and control store differ about one source.

    Attributes:
        lost: Rows of the ledger, of loads that are not in the warehouse.
        unknown: Loads of the warehouse that are not in the ledger.
    """

    source: str
    lost: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[Latest] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.lost or self.unknown)


def compare(connection: duckdb.DuckDBPyConnection, load: Load) -> Disagreement:
    """Hold the ledger of a source against the warehouse; nothing is changed."""
    found = Disagreement(load.source)
    latest = _latest(connection, load.source)
    committed = _committed(connection, load)
    rows = tables.load_ledger
    for stream in load.streams:
        of_stream = (rows.c.source == load.source, rows.c.stream == stream.name)
        newest = latest.get(stream.name)
        after = rows.c.id > 0
        if newest is not None:
            known = _newest_id((*of_stream, rows.c.load_id == newest.load_id))
            if known is None:
                found.unknown.append(newest)
                after = sa.cast(rows.c.load_id, sa.Float) > _moment(newest.load_id)
            else:
                after = rows.c.id > known
        elif committed:
            # a version before this one wrote no latest load: dlt's own list has them all
            known = _newest_of(of_stream, committed)
            after = rows.c.id > (known or 0)
        lost = store.rows(
            sa.select(rows)
            .where(*of_stream, rows.c.status.in_(outcomes.KEPT), after)
            .order_by(rows.c.id)
        )
        found.lost += [
            {**row, "needs_all": _needs_all(stream, row, row["load_id"] in committed)}
            for row in lost
        ]
    return found


def reconcile(connection: duckdb.DuckDBPyConnection, load: Load) -> Disagreement:
    """Bring the control store in line with the warehouse; hold the warehouse lock meanwhile.

    Returns:
        What was put right.
    """
    found = compare(connection, load)
    for newest in found.unknown:
        ledger.take_over(load, newest, TAKEN_OVER)
    if found.lost:
        ledger.lose(found.lost)
        inbox.release(load.source, [row["load_id"] for row in found.lost])
    return found


def is_settled(connection: duckdb.DuckDBPyConnection, load: Load, package: ledger.Package) -> bool:
    """Return whether the warehouse holds a package, or one that came after it."""
    newest = _latest(connection, load.source).get(package.stream)
    return newest is not None and _moment(newest.load_id) >= _moment(package.load_id)


def _moment(load_id: str) -> float:
    """Return when a load began: its id says it, in seconds."""
    return float(load_id)


def _latest(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, Latest]:
    schema, name = warehouse.LATEST.split(".")
    if not _exists(connection, schema, name):
        return {}
    rows = connection.execute(
        "select stream, load_id, row_count, timezone('UTC', committed_at) "  # noqa: S608 - our own name
        f"from {warehouse.LATEST} where source = ?",
        [source],
    ).fetchall()
    return {row[0]: Latest(*row) for row in rows}


def _committed(connection: duckdb.DuckDBPyConnection, load: Load) -> set[str]:
    """Return every load of a source of which dlt says that its rows and its memory are there."""
    if not _exists(connection, load.schema, "_dlt_loads"):
        return set()
    rows = connection.execute(
        f"select load_id from {load.schema}._dlt_loads where status = 0"  # noqa: S608 - our own name
    ).fetchall()
    return {load_id for (load_id,) in rows}


def _exists(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, name]
    ).fetchall()
    return bool(found)


def _newest_id(where: Iterable[sa.ColumnElement[bool]]) -> int | None:
    newest = sa.select(sa.func.max(tables.load_ledger.c.id).label("id")).where(*where)
    found: int | None = store.rows(newest)[0]["id"]
    return found


def _newest_of(of_stream: Iterable[sa.ColumnElement[bool]], committed: set[str]) -> int | None:
    rows = tables.load_ledger
    found = store.rows(
        sa.select(rows.c.id, rows.c.load_id).where(*of_stream).order_by(rows.c.id.desc())
    )
    return next((row["id"] for row in found if row["load_id"] in committed), None)


def _needs_all(stream: Stream, row: dict[str, Any], is_remembered: bool) -> bool:  # noqa: FBT001
    """Return whether only reading the stream from its beginning brings a lost load back.

    What was read beside the memory (days asked for by hand, records out of quarantine) does not come
    by going on from it; and where the memory is there, what had to be removed after it is not gone.
    """
    settles = stream.lists_everything or (stream.replace_by is not None and not stream.bulk)
    return bool(row["is_aside"]) or (is_remembered and settles)
