"""Temporary files of rows: written while a source is read, deleted when it is loaded."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Spool:
    """Arrow tables on disk, counted by slice."""

    def __init__(self, slice_column: str, path: Path) -> None:
        self._slice_column, self._path = slice_column, path
        self.arrived: dict[str, int] = {}

    def fill(self, tables: Iterable[pa.Table]) -> None:
        """Take everything in."""
        writer: pa.RecordBatchFileWriter | None = None
        written: Future[None] | None = None
        # written while the next table is read
        with pa.OSFile(str(self._path), "wb") as file, ThreadPoolExecutor(1) as behind:
            for table in tables:
                writer = writer or pa.ipc.new_file(file, table.schema)
                if written:
                    written.result()
                written = behind.submit(writer.write_table, table)
                for pair in pc.value_counts(self._slices(table)).to_pylist():
                    name = pair["values"]
                    self.arrived[name] = self.arrived.get(name, 0) + pair["counts"]
            if writer and written:
                written.result()
                writer.close()

    def _slices(self, table: pa.Table) -> pa.ChunkedArray:
        return table.column(self._slice_column).cast(pa.string())

    def tables(self, held: Mapping[str, int]) -> Iterator[pa.Table]:
        """Give back everything but the rows of slices that are held back."""
        if not self.arrived:
            return
        for batch in mapped(self._path):
            table = pa.Table.from_batches([batch])
            if held:
                kept = pc.invert(pc.is_in(self._slices(table), pa.array(list(held))))
                table = table.filter(kept)
            if table.num_rows:
                yield table


def mapped(path: Path) -> Iterator[pa.RecordBatch]:
    """Yield the batches of an Arrow file, each in a mapping of its own.

    Nothing is copied, and the memory of a batch is free as soon as the batch is.
    """
    for number in range(_file(path).num_record_batches):
        yield _file(path).get_batch(number)


def _file(path: Path) -> pa.RecordBatchFileReader:
    return pa.ipc.open_file(pa.memory_map(str(path)))


@contextmanager
def temporary(name: str) -> Iterator[Path]:
    """Give the path of a file that is gone afterwards."""
    path = _folder() / name
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def scratch(name: str) -> Path:
    """Return a new file that whoever asks for it removes; at the latest the source's next run does.

    Args:
        name: What it is for: the source, a dot, and more.
    """
    handle, path = tempfile.mkstemp(prefix=f"{name}.", dir=_folder())
    os.close(handle)
    return Path(path)


def _folder() -> Path:
    folder = settings().home / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
