"""Opens the control store: creates it and brings it up to date, or only looks at it.

Looking creates no folder, file, table or journal. If the store is missing or was made by an older
version, the missing tables are empty ones in memory.
"""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from ingestion.control.tables import facts, metadata
from ingestion.errors import KetteError
from ingestion.hiding import learn_address

CONNECT_SECONDS = 10
# of a Postgres that others use too, e.g. Dagster, whose tables have the same names; and no user's
# name, whose own schema it would be
SCHEMA = "kette_control"
MOVED = "moved_to"


def open_store(url: str, *, only_look: bool) -> sa.Engine:
    """Return the engine of a store.

    Raises:
        KetteError: The store was moved elsewhere.
        sqlalchemy.exc.SQLAlchemyError: It cannot be opened.
    """
    learn_address(url)
    return _looking(url) if only_look else _writing(url)


def forget() -> None:
    """Close what is open, so that the next to ask opens it anew."""
    for opened in (_writing, _looking):
        opened.cache_clear()


@lru_cache(maxsize=8)
def _writing(url: str) -> sa.Engine:
    engine = connected(url)
    make_tables(engine)
    with engine.connect() as connection:
        refuse_moved(connection)
    return engine


def connected(url: str) -> sa.Engine:
    """Return an engine that makes the file where there is none, and no table."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _postgres(url)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: Any) -> None:
        # write-ahead log: readers never wait; full sync: what was acknowledged survives a crash
        cursor = connection.cursor()
        cursor.execute("pragma busy_timeout=30000")
        cursor.execute("pragma journal_mode=wal")
        cursor.execute("pragma synchronous=full")
        cursor.close()

    return engine


def _postgres(url: str) -> sa.Engine:
    options = {"options": f"-csearch_path={SCHEMA}", "connect_timeout": CONNECT_SECONDS}
    return sa.create_engine(url, connect_args=options, pool_pre_ping=True)


@lru_cache(maxsize=8)
def _looking(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = _postgres(url)
    else:
        path = Path(parsed.database or "")
        engine = sa.create_engine(
            "sqlite://", creator=lambda: _open_file(path), poolclass=StaticPool
        )
    sa.event.listen(engine, "engine_connect", _complete)
    with engine.connect() as connection:
        refuse_moved(connection)
    return engine


def _open_file(path: Path) -> sqlite3.Connection:
    """Open a file without making anything beside it."""
    if not path.exists():
        return sqlite3.connect(":memory:", check_same_thread=False)
    journal = path.with_name(f"{path.name}-wal")
    # SQLite makes a journal's index even to read, unless told that nobody writes
    is_quiet = not journal.exists() or journal.stat().st_size == 0
    name = f"{path.absolute().as_uri()}?{'immutable=1' if is_quiet else 'mode=ro'}"
    connection = sqlite3.connect(name, uri=True, check_same_thread=False)
    connection.execute("pragma temp_store=memory")
    return connection


def _complete(connection: sa.Connection) -> None:
    """Stand in for the tables and columns that a store lacks, for this connection only."""
    if connection.info.get("complete"):
        return
    connection.info["complete"] = True
    inspector = sa.inspect(connection)
    names = set(inspector.get_table_names())
    for table in metadata.sorted_tables:
        known = (
            {column["name"] for column in inspector.get_columns(table.name)}
            if table.name in names
            else set()
        )
        kinds = {
            column.name: column.type.compile(connection.dialect)
            for column in table.columns
            if column.name not in known
        }
        if table.name not in names:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
            connection.execute(sa.text(f"create temp table {table.name} ({columns})"))
        elif kinds:
            columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in kinds.items())
            place = "main" if connection.dialect.name == "sqlite" else SCHEMA
            connection.execute(
                sa.text(
                    f"create temp view {table.name} as select *, {columns} "  # noqa: S608 - our names
                    f"from {place}.{table.name}"
                )
            )
    connection.commit()


def refuse_moved(connection: sa.Connection) -> None:
    """Refuse a store whose content lives on elsewhere.

    Raises:
        KetteError: It was moved.
    """
    place = connection.execute(
        sa.select(facts.c.value).where(facts.c.key == MOVED)
    ).scalar_one_or_none()
    if place:
        raise KetteError(
            f"this control store was moved to {place}",
            where=connection.engine.url.render_as_string(),
            fix="Set KETTE_CONTROL_URL to that address",
        )


def make_tables(engine: sa.Engine) -> None:
    """Make the tables and columns that are not there yet; several processes may do so at once."""
    for is_last in (*[False] * len(metadata.tables), True):
        try:
            if engine.dialect.name == "postgresql":
                with engine.begin() as connection:
                    connection.execute(sa.text(f"create schema if not exists {SCHEMA}"))
            metadata.create_all(engine)
            _add_missing_columns(engine)
        except sa.exc.DBAPIError as error:
            # another process was faster by one of them: what is there now is left alone
            if is_last or not is_conflict(error):
                raise
        else:
            return


def is_conflict(error: sa.exc.DBAPIError) -> bool:
    """Return whether something is there already, which another process has just made."""
    text = str(error.orig).lower()
    return "already exists" in text or "duplicate" in text


def _add_missing_columns(engine: sa.Engine) -> None:
    """Give a store that an older version made the columns that came since; all may be null."""
    inspector = sa.inspect(engine)
    for table in metadata.sorted_tables:
        known = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                kind = column.type.compile(engine.dialect)
                with engine.begin() as connection:
                    connection.execute(
                        sa.text(f'alter table {table.name} add column "{column.name}" {kind}')
                    )
