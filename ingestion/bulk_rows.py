"""What passes of a bulk export: its rows in an Arrow file, and in memory what tells repeats apart."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.bulk import Lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.stream import Reader, Stream

# rows handed on at a time: what DuckDB keeps together
BATCH_ROWS = 122_880


def parse(
    export: Path,
    select: str,
    rows: Path,
    reader: Reader,
    stream: Stream,
    *,
    keys: Mapping[str, str],
    frames: Mapping[str, pa.Table] | None = None,
) -> np.ndarray | None:
    """Write the records of a file that pass the gate to another file.

    Args:
        export: The file of JSON lines.
        select: SQL over ``lines(line)`` and ``suppressed(hash)`` that gives the stream's columns,
            the keys, ``is_suppressed``, and of a record that is refused ``reason`` and ``line``.
        rows: Where the Arrow file with the stream's columns is written.
        reader: Is told of what was seen, cleaned, rejected and suppressed.
        stream: Whose columns they are.
        keys: Further columns of the select with their numpy types.
        frames: What the select reads beside the lines.

    Returns:
        The keys of each record in the file, in its order; None where the export has no record.

    Raises:
        IncompleteAnswerError: The export stops in the middle, or says that it does.
    """
    found: list[np.ndarray] = []
    writer: pa.RecordBatchFileWriter | None = None
    written: Future[None] | None = None
    hashes = pa.table({"hash": pa.array(sorted(reader.suppressions), pa.string())})
    with (
        closing(duckdb.connect()) as connection,
        pa.OSFile(str(rows), "wb") as file,
        # written while the next block is parsed
        ThreadPoolExecutor(1) as behind,
    ):
        connection.execute("set TimeZone = 'UTC'")
        for name, frame in {"suppressed": hashes, **(frames or {})}.items():
            connection.register(name, frame)
        for table in Lines(export, select, reader, connection).tables():
            good = _passing(reader, table)
            key = np.empty(good.num_rows, dtype=list(keys.items()))
            for name in keys:
                key[name] = good.column(name).to_numpy()
            found.append(key)
            good = good.select(list(stream.columns))
            writer = writer or pa.ipc.new_file(file, good.schema)
            if written:
                written.result()
            written = behind.submit(writer.write_table, good, max_chunksize=BATCH_ROWS)
        if writer and written:
            written.result()
            writer.close()
    return np.concatenate(found) if found else None


def _passing(reader: Reader, table: pa.Table) -> pa.Table:
    """Return the records of a block without those that are suppressed or quarantined."""
    if reader.suppressions:
        # first: of an erased person not even a bad record is kept
        whole = table.num_rows
        table = table.filter(pc.invert(table.column("is_suppressed")))
        reader.suppressed(whole - table.num_rows)
    if table.column("reason").null_count < table.num_rows:
        bad = table.filter(pc.is_valid(table.column("reason")))
        reader.seen(-bad.num_rows)
        for row in bad.select(["line", "reason"]).to_pylist():
            reader.reject(row["line"].rstrip("\n"), row["reason"])
        table = table.filter(pc.is_null(table.column("reason")))
    return table
