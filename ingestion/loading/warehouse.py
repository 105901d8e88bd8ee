"""The raw tables in the warehouse: created before a load, counted and trimmed after it.

dlt merges rows by key. A merge cannot express that a day came back without a row, or that a listing
no longer shows one. That is done here, in one transaction that may be repeated. The rows of bulk
streams are written in the same transaction.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from ingestion import troubles
from ingestion.control import decisions
from ingestion.loading import blocks
from ingestion.loading.gate import LOAD_ID, ROW_ID
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingestion.loading.ledger import Package
    from ingestion.toolkit.source import Load, Stream

# as dlt's DuckDB destination names them: it finds these tables instead of making its own
SQL_TYPES = {
    "text": "varchar",
    "json": "json",
    "bigint": "bigint",
    "double": "double",
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
    "date": "date",
    "decimal": "decimal(18, 4)",
}
# what DuckDB may take while it writes; the rest waits on disk
MEMORY = "800MB"
# the first format of DuckDB's files that knows zstd, which makes vendors' JSON half as large
FORMAT = "v1.2.0"
COMPRESSION = {"json": " using compression zstd"}
LISTINGS = "kette.complete_listings"
LATEST = "kette.latest_loads"
KNOWN_PERSONS = "kette.known_persons"


def make() -> None:
    """Make the warehouse where there is none; hold the warehouse lock meanwhile.

    It keeps the format it is made in, whoever opens it.
    """
    path = settings().warehouse
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.connect(str(path), config={"storage_compatibility_version": FORMAT}).close()


def opened() -> duckdb.DuckDBPyConnection:
    """Open the warehouse, made where there is none; hold the warehouse lock meanwhile.

    Raises:
        KetteError: It is open elsewhere, damaged, or the disk is full.
    """
    path = settings().warehouse
    with troubles.told():
        make()
        connection = duckdb.connect(str(path))
        if blocks.is_cut(connection, path):
            connection.close()
            raise troubles.damaged_warehouse(path)
    return connection


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse; hold the warehouse lock meanwhile.

    Raises:
        KetteError: It is open elsewhere, damaged, or the disk is full.
    """
    connection = opened()
    try:
        # no table is read by the order in which its rows came in, and keeping it costs a core
        connection.execute(
            f"set TimeZone = 'UTC'; set memory_limit = '{MEMORY}'; "
            "set preserve_insertion_order = false"
        )
        with troubles.told():
            yield connection
    finally:
        connection.close()


def table(load: Load, stream: Stream) -> str:
    """Return the qualified name of a raw table."""
    return f'{load.schema}."{stream.name}"'


def prepare(connection: duckdb.DuckDBPyConnection, loads: Iterable[Load]) -> None:
    """Make schemas and empty tables, and columns that a newer version declares."""
    connection.execute("create schema if not exists kette")
    connection.execute(
        f"create table if not exists {LISTINGS} (source varchar, stream varchar, load_id varchar, "
        "completed_at timestamp with time zone, primary key (source, stream))"
    )
    # the load of each stream that was settled last: by it the control store sees what is lost
    connection.execute(
        f"create table if not exists {LATEST} (source varchar, stream varchar, load_id varchar, "
        "row_count bigint, committed_at timestamp with time zone, primary key (source, stream))"
    )
    # what people decided about identities; a build fills it from the control store
    connection.execute(
        f"create table if not exists {decisions.IN_WAREHOUSE} (decision_id bigint, action varchar, "
        "left_type varchar, left_namespace varchar, left_value varchar, right_type varchar, "
        "right_namespace varchar, right_value varchar, why varchar, decided_by varchar, "
        "decided_at timestamp with time zone)"
    )
    # who was whom in earlier publications; filled likewise
    connection.execute(
        f"create table if not exists {KNOWN_PERSONS} (interval_id varchar, alias_id varchar, "
        "customer_id varchar, known_from timestamp with time zone, "
        "known_until timestamp with time zone)"
    )
    known = {
        (schema, name): set(columns)
        for schema, name, columns in connection.execute(
            "select table_schema, table_name, list(column_name) from information_schema.columns "
            "group by all"
        ).fetchall()
    }
    for load in loads:
        connection.execute(f"create schema if not exists {load.schema}")
        for stream in load.streams:
            columns = known.get((load.schema, stream.name))
            if columns is None:
                connection.execute(f"create table {table(load, stream)} ({_definition(stream)})")
                continue
            for name in stream.columns.keys() - columns:
                connection.execute(
                    f'alter table {table(load, stream)} add column "{name}" '
                    f"{SQL_TYPES[stream.columns[name]]}"
                )


def _definition(stream: Stream) -> str:
    columns = [
        f'"{name}" {SQL_TYPES[kind]}{COMPRESSION.get(kind, "")}'
        + (" not null" if name in stream.primary_key else "")
        for name, kind in stream.columns.items()
    ]
    own = [f'"{name}" varchar not null' for name in (LOAD_ID, ROW_ID)]
    return ", ".join([*columns, *own])


def stored_slices(
    connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream
) -> dict[str, int]:
    """Return how many rows each slice of a guarded table holds; others count as one, ``*``.

    What the last complete listing did not show is gone and does not count, unless nothing is left.
    """
    is_sliced = stream.guarded and stream.replace_by
    if stream.lists_everything and not is_sliced:
        counted = connection.execute(
            f"select count(*), count(*) filter (where {LOAD_ID} >= coalesce((select load_id "  # noqa: S608 - our names
            f"from {LISTINGS} where source = ? and stream = ?), '')) from {table(load, stream)}",
            [load.source, stream.name],
        ).fetchall()
        all_rows, live_rows = counted[0]
        return {"*": live_rows or all_rows} if all_rows else {}
    name = f'cast("{stream.replace_by}" as varchar)' if is_sliced else "'*'"
    found = connection.execute(
        f"select {name}, count(*) from {table(load, stream)} group by all"  # noqa: S608 - our names
    ).fetchall()
    return {name: count for name, count in found if count}


def loaded_rows(
    connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream, load_id: str
) -> int:
    """Return how many rows of a load are in its table."""
    found = connection.execute(
        f"select count(*) from {table(load, stream)} where {LOAD_ID} = ?",  # noqa: S608
        [load_id],
    ).fetchall()
    return int(found[0][0])


def write(
    connection: duckdb.DuckDBPyConnection,
    load: Load,
    stream: Stream,
    package: Package,
    rows: pa.RecordBatchReader | None,
) -> None:
    """Bring a bulk stream's rows in, together with the removal of what they replace.

    Args:
        connection: The warehouse.
        load: The source.
        stream: Whose table it is about.
        package: What was read, and what it covers.
        rows: The rows; None where none came.

    Where the file cannot be written, nothing of it is in the table.
    """
    connection.execute("begin")
    if rows is not None:
        connection.register("incoming", _known_json(rows, stream))
        connection.execute(f"insert into {table(load, stream)} by name from incoming")
        connection.unregister("incoming")
    _trim(connection, load, stream, package)
    _trim_strays(connection, load, stream, package)
    connection.execute("commit")


def _known_json(rows: pa.RecordBatchReader, stream: Stream) -> pa.RecordBatchReader:
    """Say of the JSON columns that they are JSON: the gate made them, nobody need look again."""
    is_json = [stream.columns.get(name) == "json" for name in rows.schema.names]
    schema = pa.schema(
        field.with_type(pa.json_(pa.string())) if known else field
        for field, known in zip(rows.schema, is_json, strict=True)
    )
    batches = (
        pa.RecordBatch.from_arrays(
            [
                pa.ExtensionArray.from_storage(field.type, column) if known else column
                for field, column, known in zip(schema, batch.columns, is_json, strict=True)
            ],
            schema=schema,
        )
        for batch in rows
    )
    return pa.RecordBatchReader.from_batches(schema, batches)


def settle(
    connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream, package: Package
) -> None:
    """Do what a merge leaves undone: trim replaced slices, note a complete listing and the load.

    It may be repeated: a run that was killed in between is completed by the next one.
    """
    connection.execute("begin")
    if not stream.bulk:
        _trim(connection, load, stream, package)
    if package.listing_id is not None:
        connection.execute(
            f"insert or replace into {LISTINGS} values (?, ?, ?, now())",  # noqa: S608 - our names
            [load.source, stream.name, package.listing_id],
        )
    connection.execute(
        f"insert or replace into {LATEST} values (?, ?, ?, ?, now())",  # noqa: S608 - our names
        [load.source, stream.name, package.load_id, package.expected],
    )
    connection.execute("commit")


def _trim(
    connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream, package: Package
) -> None:
    """Remove what other loads left in the slices that this one covers."""
    if stream.replace_by and package.covered:
        kind = SQL_TYPES[stream.columns[stream.replace_by]]
        connection.execute(
            f"delete from {table(load, stream)} where {LOAD_ID} <> ? "  # noqa: S608 - our names
            f'and "{stream.replace_by}" in (select cast(unnest(?) as {kind}))',
            [package.load_id, list(package.covered)],
        )


def _trim_strays(
    connection: duckdb.DuckDBPyConnection, load: Load, stream: Stream, package: Package
) -> None:
    """Remove older versions of rows that came though they lie outside the slices asked for."""
    kind = SQL_TYPES[stream.columns[stream.replace_by or ""]]
    keys = ", ".join(f'"{name}"' for name in stream.primary_key)
    strays = (
        f"select {keys} from {table(load, stream)} where {LOAD_ID} = $load_id "  # noqa: S608
        f'and "{stream.replace_by}" not in (select cast(unnest($covered) as {kind}))'
    )
    given = {"load_id": package.load_id, "covered": list(package.covered)}
    # there is hardly ever one, and only then all keys are looked at
    if connection.execute(f"{strays} limit 1", given).fetchall():
        connection.execute(
            f"delete from {table(load, stream)} where {LOAD_ID} <> $load_id "  # noqa: S608
            f"and ({keys}) in ({strays})",
            given,
        )
