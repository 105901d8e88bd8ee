"""Copies the whole control store, into a backup or into the database that replaces it.

The copy is exact: each table is compared row by row after it is written.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import engine, store, tables
from ingestion.control.tables import metadata
from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Iterator

# rows of the inbox and the quarantine are up to a megabyte each
ROWS_AT_ONCE = 200


def copy(url: str) -> int:
    """Copy the present store into an empty one.

    Args:
        url: Where to, as SQLAlchemy takes it.

    Returns:
        How many rows it holds.

    Raises:
        KetteError: The other store is not empty, or the copy is not the same.
    """
    target = engine.connected(url)
    engine.make_tables(target)
    try:
        with _still() as source, target.begin() as into:
            return _copy_all(source, into, target.url)
    finally:
        target.dispose()


def move(url: str) -> int:
    """Copy the present store, and leave word in it where it went: nobody uses it any more."""
    target = engine.connected(url)
    engine.make_tables(target)
    try:
        with _still() as source:
            with target.begin() as into:
                count = _copy_all(source, into, target.url)
            shown = target.url.render_as_string().replace("+psycopg2", "")
            store.upsert(source, tables.facts, {"key": engine.MOVED, "value": shown})
            source.commit()
    finally:
        target.dispose()
        engine.forget()
    return count


@contextmanager
def _still() -> Iterator[sa.Connection]:
    """Hold the present store as it is: whoever writes it waits."""
    source = store.engine()
    with source.connect() as connection:
        if source.dialect.name == "sqlite":
            connection.exec_driver_sql("begin immediate")
        else:
            names = ", ".join(table.name for table in metadata.sorted_tables)
            connection.execute(sa.text(f"lock table {names} in exclusive mode"))
        yield connection


def _copy_all(source: sa.Connection, into: sa.Connection, where: sa.URL) -> int:
    count = 0
    for table in metadata.sorted_tables:
        if into.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
            raise KetteError(
                f"the table {table.name} there is not empty",
                where=where.render_as_string(),
                fix="Name a database of its own, or empty the schema kette_control in it",
            )
        for rows in _pages(source, table):
            into.execute(sa.insert(table), rows)
            count += len(rows)
        if _fingerprint(source, table) != _fingerprint(into, table):
            raise KetteError(
                f"the table {table.name} is not the same in the copy",
                where=where.render_as_string(),
                fix="Nothing was kept of it; please report this",
            )
        _count_on(into, table)
    return count


def _pages(connection: sa.Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    ordered = sa.select(table).order_by(*table.primary_key)
    found = connection.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE})
    for rows in found.mappings().partitions(ROWS_AT_ONCE):
        yield [dict(row) for row in rows]


def _fingerprint(connection: sa.Connection, table: sa.Table) -> tuple[int, int]:
    """Return what is equal for equal rows, in whatever order a database gives them."""
    count = total = 0
    for rows in _pages(connection, table):
        for row in rows:
            digest = hashlib.sha256(repr(sorted(row.items())).encode()).digest()
            count, total = count + 1, (total + int.from_bytes(digest)) % 2**256
    return count, total


def _count_on(into: sa.Connection, table: sa.Table) -> None:
    """Let Postgres number on after the highest number; SQLite does by itself."""
    (first, *_) = table.primary_key
    if into.dialect.name == "postgresql" and first.autoincrement is True:
        name = f"{engine.SCHEMA}.{table.name}"
        into.execute(
            sa.text(
                f"select setval(pg_get_serial_sequence('{name}', '{first.name}'), "  # noqa: S608 - our names
                f"coalesce(max({first.name}), 0) + 1, false) from {name}"
            )
        )
