"""Raw tables of a world of a few records, written down by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ingestion.loading import warehouse
from ingestion.registry import REGISTRY
from tests.chain.build import Chain
from tests.chain.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

LOAD_ID = "1767225600.0"


def small_world(
    raw: Mapping[str, Iterable[Mapping[str, Any]]],
    *,
    today: str,
    seeds: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
    only: Iterable[str] | None = None,
    given: Mapping[str, str] | None = None,
    **variables: Any,
) -> Chain:
    """Return the models built on the given rows.

    Args:
        raw: Rows by table, named ``source.table``. A row names the columns that matter; objects
            and lists become JSON, what is not named is null.
        today: The day that counts as today, as YYYY-MM-DD.
        seeds: Lines to add to seeds.
        only: Models to build with all that they read; all where nothing is named.
        given: Models that are a query over the raw tables here, so that what they read is not built.
        variables: Variables of the project that differ from its defaults.
    """
    chain = Chain(Project({"as_of": today, **variables}))
    for model, query in (given or {}).items():
        node = chain.project.models[model]
        node.materialized, node.sql, node.columns, node.parents = "view", query, {}, set()
    warehouse.prepare(chain.connection, REGISTRY)
    for table, rows in raw.items():
        source, name = table.split(".")
        for number, row in enumerate(rows):
            insert(
                chain.connection,
                f'raw_{source}."{name}"',
                {"_dlt_load_id": LOAD_ID, "_dlt_id": f"{name}-{number}", **row},
            )
    chain.seed()
    for seed, lines in (seeds or {}).items():
        for line in lines:
            insert(chain.connection, f'seeds."{seed}"', line)
    return chain.build(only)


def insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    """Add a row to a table."""
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    values = [
        json.dumps(value) if isinstance(value, dict | list) else value for value in row.values()
    ]
    connection.execute(f"insert into {table} ({names}) values ({marks})", values)
