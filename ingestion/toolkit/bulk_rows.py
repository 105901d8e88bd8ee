"""Sends a bulk export through the gate: accepted records become ``Rows``, the rest is quarantined."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.toolkit.bulk import Lines
from ingestion.toolkit.rows import BATCH_ROWS, DAY, Rows
from ingestion.toolkit.spool import scratch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ingestion.toolkit.source import Reader, Stream


def parse(
    pieces: Iterable[bytes],
    select: str,
    reader: Reader,
    stream: Stream,
    *,
    name: str,
    keys: Mapping[str, str],
    frames: Mapping[str, pa.Table] | None = None,
) -> Rows | None:
    """Write the records of a body that pass the gate to a file, while the body arrives.

    Args:
        pieces: The body of JSON lines.
        select: SQL over ``lines(line)`` and ``suppressed(hash)`` that gives the stream's columns,
            the keys, ``is_suppressed``, and of a record that is refused ``reason`` and ``line``.
        reader: Is told of what was seen, cleaned, rejected and suppressed.
        stream: Whose columns they are; it replaces days.
        name: What the file is called, which begins with the source.
        keys: What tells records apart: further columns of the select with their numpy types.
        frames: What the select reads beside the lines.

    Returns:
        The records in their order; None where the body has none.

    Raises:
        IncompleteAnswerError: The export stops in the middle, or says that it does.
    """
    path = scratch(name)
    try:
        found = _written(path, pieces, select, reader, stream, dict(keys), frames or {})
    except BaseException:
        path.unlink()
        raise
    if found:
        return Rows(path, np.concatenate(found))
    path.unlink()
    return None


def _written(
    path: Path,
    pieces: Iterable[bytes],
    select: str,
    reader: Reader,
    stream: Stream,
    keys: Mapping[str, str],
    frames: Mapping[str, pa.Table],
) -> list[np.ndarray]:
    """Write the file of ``parse``; return the keys of its rows."""
    found: list[np.ndarray] = []
    writer: pa.RecordBatchFileWriter | None = None
    written: Future[None] | None = None
    hashes = pa.table({"hash": pa.array(sorted(reader.suppressions), pa.string())})
    with (
        pa.OSFile(str(path), "wb") as file,
        # written while the next block is parsed
        ThreadPoolExecutor(1) as behind,
    ):
        for table in Lines(pieces, select, reader, {"suppressed": hashes, **frames}).tables():
            good = _passing(reader, table)
            key = np.empty(good.num_rows, dtype=[*keys.items(), (DAY, "M8[D]")])
            for column, of in {**dict.fromkeys(keys), DAY: stream.replace_by}.items():
                key[column] = good.column(of or column).to_numpy()
            found.append(key)
            good = good.select(list(stream.columns))
            writer = writer or pa.ipc.new_file(file, good.schema)
            if written:
                written.result()
            written = behind.submit(writer.write_table, good, max_chunksize=BATCH_ROWS)
        if writer and written:
            written.result()
            writer.close()
    return found


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
