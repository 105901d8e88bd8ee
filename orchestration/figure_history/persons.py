"""Who was whom, as it was published: former ids and persons, each from when until when.

The control store keeps the intervals, as no source can tell them again. A build gets them in the
warehouse and carries them on (``bridge_customer_alias_history``); publishing writes down what is
new. A build that is not published leaves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import warehouse

if TYPE_CHECKING:
    import duckdb

HISTORY = "bridge_customer_alias_history"
COLUMNS = ("interval_id", "alias_id", "customer_id", "known_from", "known_until")
MOMENT = pa.timestamp("us", tz="UTC")
SHAPE = pa.schema(
    [(name, MOMENT if name.startswith("known_") else pa.string()) for name in COLUMNS]
)


@dataclass(frozen=True)
class Changes:
    """What a publication tells of persons that was not known before.

    Attributes:
        begun: Intervals that are new, as rows of ``known_persons``.
        ended: Intervals known before that hold no longer: interval_id and known_until.
    """

    begun: list[dict[str, Any]]
    ended: list[dict[str, Any]]


def hand_over() -> None:
    """Copy the intervals into the warehouse, where models read them; hold its lock meanwhile."""
    with warehouse.connect() as connection:
        _take_back(connection)
        kept = _kept()
        connection.execute("begin")
        connection.execute(f"delete from {warehouse.KNOWN_PERSONS}")  # noqa: S608 - our own name
        connection.register("kept", kept)
        connection.execute(f"insert into {warehouse.KNOWN_PERSONS} by name from kept")
        connection.execute("commit")


def _take_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Take intervals from the warehouse that the control store lost: its rows are only added."""
    known = {row["interval_id"] for row in store.rows(sa.select(tables.known_persons))}
    found = connection.execute(
        "select interval_id, alias_id, customer_id, timezone('UTC', known_from), "  # noqa: S608 - our own name
        f"timezone('UTC', known_until) from {warehouse.KNOWN_PERSONS}"
    ).fetchall()
    lost = [dict(zip(COLUMNS, row, strict=True)) for row in found if row[0] not in known]
    if lost:
        with store.begin() as transaction:
            transaction.execute(sa.insert(tables.known_persons), lost)


def changes(connection: duckdb.DuckDBPyConnection) -> Changes:
    """Return what a copy about to be published tells that the control store does not know."""
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = ?", [HISTORY]
    ).fetchall()
    if not found:
        return Changes([], [])
    connection.register("kept", _kept())
    differing = connection.execute(
        f"""
        select
            history.interval_id, history.alias_id, history.customer_id,
            timezone('UTC', history.known_from), timezone('UTC', history.known_until),
            kept.interval_id is null as is_new
        from marts.{HISTORY} as history
        left join kept on history.interval_id = kept.interval_id
        where
            kept.interval_id is null
            or (kept.known_until is null and history.known_until is not null)
        """  # noqa: S608 - our own name
    ).fetchall()
    connection.unregister("kept")
    return Changes(
        begun=[dict(zip(COLUMNS, row[:-1], strict=True)) for row in differing if row[-1]],
        ended=[{"ended_id": row[0], "ended_at": row[4]} for row in differing if not row[-1]],
    )


def record(transaction: sa.Connection, found: Changes) -> None:
    """Write the changes of a publication into the control store, within its transaction."""
    table = tables.known_persons
    if found.begun:
        transaction.execute(sa.insert(table), found.begun)
    if found.ended:
        transaction.execute(
            sa.update(table)
            .where(table.c.interval_id == sa.bindparam("ended_id"))
            .values(known_until=sa.bindparam("ended_at")),
            found.ended,
        )


def _kept() -> pa.Table:
    rows = store.rows(sa.select(tables.known_persons))
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    for name in ("known_from", "known_until"):
        # the control store keeps UTC without saying so
        columns[name] = [moment and moment.replace(tzinfo=UTC) for moment in columns[name]]
    return pa.table(columns, schema=SHAPE)
