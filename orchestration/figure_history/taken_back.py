"""Lets a control store that lost its history take it back from the published file.

The file holds all history up to its publication, but not which definitions were valid. Changes of
definitions are therefore reported only from the next publication on.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import sqlalchemy as sa

from ingestion.control import store, tables

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("publications", "known_figures", "row_changes", "definition_changes")


def take_back(path: Path | None) -> bool:
    """Let the control store know what a published file knows, where it does not know of the file.

    Args:
        path: The published file, whole; None where there is none.

    Returns:
        Whether anything was taken back.
    """
    if path is None:
        return False
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        connection.execute("set timezone = 'UTC'")
        ((version, mode),) = connection.execute(
            "select version, mode from catalogue.about"
        ).fetchall()
        if _is_known(version) or not _has_history(connection):
            return False
        found = {name: _rows(connection, name) for name in TABLES}
    for row in found["publications"]:
        # what else was told of it is not known any more
        file = path.with_name(f"warehouse-{row['version']}.duckdb")
        row |= {"mode": mode, "path": str(file), "table_count": 0, "row_count": 0}
    for row in found["row_changes"]:
        row |= {name: json.loads(row[name]) for name in ("measures", "rows")}
    with store.begin() as transaction:
        for name, rows in found.items():
            for row in rows:
                store.upsert(transaction, tables.metadata.tables[name], row)
    return True


def _is_known(version: str) -> bool:
    table = tables.publications
    return bool(store.rows(sa.select(table.c.version).where(table.c.version == version)))


def _has_history(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a file holds history: those of the first versions of Kette do not."""
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'history'"
    ).fetchall()
    return set(TABLES) <= {name for (name,) in found}


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    cursor = connection.execute(
        # the control store keeps UTC without saying so
        f"select * replace (timezone('UTC', published_at) as published_at) from history.{name}"  # noqa: S608
        if name == "publications"
        else f"from history.{name}"
    )
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
