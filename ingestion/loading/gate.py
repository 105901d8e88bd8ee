"""The gate: passes, cleans, quarantines or suppresses each record, and counts it.

It turns pages of dictionaries into Arrow tables of the declared types, so dlt and DuckDB never see a
value that they cannot take. Pages that are already Arrow went through the same rules in their reader
(``ingestion/toolkit/bulk.py``). The gate never raises an error because of a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.control.suppression import mentions
from ingestion.records import window
from ingestion.records.casts import CASTS, MAX_RECORD_BYTES, Unfit
from ingestion.records.rejects import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ingestion.toolkit.source import Chapter, Page, Stream

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "json": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "decimal": pa.decimal128(18, 4),
}
LOAD_ID, ROW_ID = "_dlt_load_id", "_dlt_id"
# small pages are put together, since each table that is handed on costs some milliseconds
BATCH_ROWS = 5_000


def arrow_schema(stream: Stream) -> pa.Schema:
    """Return the Arrow schema of a raw table: its columns and dlt's two."""
    fields = [
        pa.field(name, ARROW_TYPES[kind], nullable=name not in stream.primary_key)
        for name, kind in stream.columns.items()
    ]
    own = [pa.field(name, pa.string(), nullable=False) for name in (LOAD_ID, ROW_ID)]
    return pa.schema([*fields, *own])


class Gate:
    """Lets the pages of one stream pass into one load package.

    Args:
        stream: What is loaded.
        suppressed: Hashes of identifiers that must not be loaded.
    """

    def __init__(self, stream: Stream, suppressed: frozenset[str] = frozenset()) -> None:
        self._stream = stream
        self._schema = arrow_schema(stream)
        self._suppressed = suppressed
        self._windows = window.of(stream.columns, stream.planned)
        self._keys: set[Any] = set()
        self._passed = 0

    def tables(
        self, pages: Iterator[Page], chapters: Callable[[], Chapter], load_id: str
    ) -> Iterator[pa.Table]:
        """Yield what passes, as Arrow tables with dlt's columns.

        Args:
            pages: The pages of one package.
            chapters: Gives the chapter that counts, anew for each page.
            load_id: Id of the package.
        """
        waiting: list[dict[str, Any]] = []
        for page in pages:
            if isinstance(page, list):
                waiting.extend(self._passing(page, chapters()))
                if len(waiting) < BATCH_ROWS:
                    continue
                yield self._table(waiting, load_id)
                waiting = []
            else:
                if waiting:
                    yield self._table(waiting, load_id)
                    waiting = []
                yield self.stamped(page, load_id)
        if waiting:
            yield self._table(waiting, load_id)

    def _passing(
        self, records: Sequence[Mapping[str, Any]], chapter: Chapter
    ) -> Iterator[dict[str, Any]]:
        for record in records:
            chapter.seen += 1
            # before anything else: of an erased person not even a bad record is kept
            if self._suppressed and mentions(record, self._suppressed):
                chapter.suppressed += 1
                continue
            try:
                row, cleaned = self._row(record)
            except Unfit as unfit:
                chapter.reject(record, str(unfit), self._key_text(record), ROW)
                continue
            chapter.cleaned += cleaned
            key = tuple(row[name] for name in self._stream.primary_key)
            if key in self._keys:
                # the newest version is kept when the package is merged; here it is only counted
                chapter.deduped += 1
            self._keys.add(key)
            yield row

    def shaped(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a record as it would be loaded, or None where it would be refused."""
        try:
            return self._row(record)[0]
        except Unfit:
            return None

    def _row(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        if not isinstance(record, dict):
            raise Unfit("not a record")
        row, cleaned, size = {}, 0, 0
        for name, kind in self._stream.columns.items():
            value = record.get(name)
            if value is not None:
                try:
                    value, mended = CASTS[kind](value)
                except Unfit as unfit:
                    raise Unfit(f"{name}: {unfit}") from None
                self._check_time(name, value)
                cleaned += mended
                size += len(value) if isinstance(value, str) else 8
            if name in self._stream.primary_key and (value is None or not str(value).strip()):
                raise Unfit(f"{name}: the key is missing")
            row[name] = value
        self._ask_for_required(record)
        if size > MAX_RECORD_BYTES:
            raise Unfit("larger than 1 MB")
        return row, cleaned

    def _check_time(self, name: str, value: Any) -> None:
        bounds = self._windows.get(name)
        if bounds and (outside := bounds.problem(value)):
            raise Unfit(f"{name}: {outside}")

    def _ask_for_required(self, record: Mapping[str, Any]) -> None:
        for needed in self._stream.required:
            if not any(_is_given(record, place) for place in needed.split("|")):
                raise Unfit(f"{needed}: nothing is given")

    def _key_text(self, record: Any) -> str | None:
        if not isinstance(record, dict):
            return None
        parts = [str(record.get(name)) for name in self._stream.primary_key]
        return "/".join(parts)[:200].encode(errors="replace").decode()

    def _table(self, rows: list[dict[str, Any]], load_id: str) -> pa.Table:
        names = list(self._stream.columns)
        arrays = [
            pa.array([row[name] for row in rows], self._schema.field(name).type) for name in names
        ]
        return self.stamped(pa.table(arrays, names=names), load_id)

    def stamped(self, page: pa.Table | pa.RecordBatch, load_id: str) -> pa.Table:
        """Add dlt's columns. A row's id grows with its place in the package."""
        table = pa.Table.from_batches([page]) if isinstance(page, pa.RecordBatch) else page
        count = table.num_rows
        numbers = pc.utf8_lpad(
            pc.cast(pa.array(np.arange(self._passed, self._passed + count)), pa.string()),
            width=10,
            padding="0",
        )
        self._passed += count
        ids = pc.binary_join_element_wise(pa.scalar(load_id), numbers, "-")
        columns = [table.column(name) for name in self._stream.columns]
        return pa.table(
            [*columns, pa.repeat(pa.scalar(load_id), count), ids], names=self._schema.names
        ).cast(self._schema)


def _is_given(record: Mapping[str, Any], place: str) -> bool:
    """Tell whether something stands at a place of a record."""
    found: Any = record
    for step in place.split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found is not None and bool(str(found).strip())
