"""The gate: each record is passed, cleaned, quarantined or suppressed, and counted.

It turns pages of dictionaries into Arrow tables of the declared types, so that nothing dlt or
DuckDB would stumble over ever reaches them. Pages that are Arrow already went through the same
rules in their reader (``ingestion/bulk.py``). It never raises because of a record.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion import control
from ingestion.stream import ROW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ingestion.stream import Chapter, Page, Stream

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
# what Mixpanel and HubSpot refuse themselves; a larger record is an accident
MAX_RECORD_BYTES = 1_000_000
MAX_INTEGER = 2**63
# small pages are put together, since each table that is handed on costs some milliseconds
BATCH_ROWS = 5_000
LONG_NUMBER = re.compile(r"\d{19}|[eE]\+?\d{3}")
CENTS = Decimal("0.0001")
MAX_DECIMAL = Decimal(10) ** 14


class Unfit(Exception):  # noqa: N818 - never leaves the gate
    """Why a record cannot be loaded."""


def arrow_schema(stream: Stream) -> pa.Schema:
    """Return the Arrow schema of a raw table: its columns and dlt's two."""
    fields = [
        pa.field(name, ARROW_TYPES[kind], nullable=name not in stream.primary_key)
        for name, kind in stream.columns.items()
    ]
    own = [pa.field(name, pa.string(), nullable=False) for name in (LOAD_ID, ROW_ID)]
    return pa.schema([*fields, *own])


def suppressed_hashes() -> frozenset[str]:
    """Return the hashes of the identifiers that must not be loaded again."""
    return frozenset(row["identifier_hash"] for row in control.rows(control.suppressions.select()))


def identifier_hash(value: str) -> str:
    """Return the hash under which an identifier is suppressed."""
    return hashlib.sha256(value.strip().lower().encode(errors="replace")).hexdigest()


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
                yield self._stamped(page, load_id)
        if waiting:
            yield self._table(waiting, load_id)

    def _passing(
        self, records: Sequence[Mapping[str, Any]], chapter: Chapter
    ) -> Iterator[dict[str, Any]]:
        for record in records:
            chapter.seen += 1
            try:
                row, cleaned = self._row(record)
            except Unfit as unfit:
                chapter.reject(record, str(unfit), self._key_text(record), ROW)
                continue
            if self._suppressed and _mentions(record, self._suppressed):
                chapter.suppressed += 1
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
                cleaned += mended
                size += len(value) if isinstance(value, str) else 8
            if name in self._stream.primary_key and (value is None or not str(value).strip()):
                raise Unfit(f"{name}: the key is missing")
            row[name] = value
        if size > MAX_RECORD_BYTES:
            raise Unfit("larger than 1 MB")
        return row, cleaned

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
        return self._stamped(pa.table(arrays, names=names), load_id)

    def _stamped(self, page: pa.Table | pa.RecordBatch, load_id: str) -> pa.Table:
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


def _text(value: Any) -> tuple[str, int]:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unfit("not a text")
    text = str(value)
    if not _is_unicode(text):
        raise Unfit("half of a character (lone surrogate)")
    if "\0" in text:
        return text.replace("\0", ""), 1
    return text, 0


def _bigint(value: Any) -> tuple[int, int]:
    try:
        number = int(value) if not isinstance(value, float) or value.is_integer() else None
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None:
        raise Unfit("not a whole number")
    if not -MAX_INTEGER <= number < MAX_INTEGER:
        raise Unfit("larger than 63 bits")
    return number, 0


def _double(value: Any) -> tuple[float | None, int]:
    if isinstance(value, bool):
        raise Unfit("not a number")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unfit("not a number") from None
    return (number, 0) if math.isfinite(number) else (None, 1)


def _bool(value: Any) -> tuple[bool, int]:
    if isinstance(value, bool):
        return value, 0
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true", 0
    raise Unfit("neither true nor false")


def _timestamp(value: Any) -> tuple[datetime, int]:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise Unfit("not a time") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unfit("not a time with a zone")
    try:
        return value.astimezone(UTC), 0
    except OverflowError:
        raise Unfit("a time outside the calendar") from None


def _date(value: Any) -> tuple[date, int]:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value), 0
        except ValueError:
            raise Unfit("not a date") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Unfit("not a date")
    return value, 0


def _decimal(value: Any) -> tuple[Decimal | None, int]:
    if isinstance(value, bool):
        raise Unfit("not a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Unfit("not a number") from None
    if not number.is_finite():
        return None, 1
    if abs(number) >= MAX_DECIMAL:
        raise Unfit("too large an amount")
    return number.quantize(CENTS), 0


def _json(value: Any) -> tuple[str, int]:
    cleaned = 0
    try:
        text = _dump(value)
    except ValueError:
        value, cleaned = mended(value)
        text = _dump(value)
    except (TypeError, RecursionError):
        raise Unfit("nested too deeply, or no JSON") from None
    if not _is_unicode(text):
        raise Unfit("half of a character (lone surrogate)")
    if len(text) > MAX_RECORD_BYTES:
        raise Unfit("larger than 1 MB")
    if LONG_NUMBER.search(text) and has_long_integer(value):
        raise Unfit("a number larger than 63 bits")
    if "\\u0000" in text:
        value, more = mended(value)
        text, cleaned = _dump(value), cleaned + more
    return text, cleaned


CASTS: Mapping[str, Any] = {
    "text": _text,
    "json": _json,
    "bigint": _bigint,
    "double": _double,
    "bool": _bool,
    "timestamp": _timestamp,
    "date": _date,
    "decimal": _decimal,
}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def mended(value: Any) -> tuple[Any, int]:
    """Return a JSON value without NUL, NaN and infinities, and how many there were."""
    if isinstance(value, float) and not math.isfinite(value):
        return None, 1
    if isinstance(value, str) and "\0" in value:
        return value.replace("\0", ""), 1
    if isinstance(value, list):
        pairs = [mended(item) for item in value]
        return [item for item, _ in pairs], sum(count for _, count in pairs)
    if isinstance(value, dict):
        result, total = {}, 0
        for name, item in value.items():
            (name, in_name), (item, in_item) = mended(name), mended(item)  # noqa: PLW2901
            result[name], total = item, total + in_name + in_item
        return result, total
    return value, 0


def has_long_integer(value: Any) -> bool:
    """Return whether a JSON value holds an integer that no 64-bit column can hold."""
    if isinstance(value, int):
        return not -MAX_INTEGER <= value < MAX_INTEGER
    if isinstance(value, dict):
        return any(has_long_integer(item) for item in value.values())
    return isinstance(value, list) and any(has_long_integer(item) for item in value)


def _mentions(value: Any, suppressed: frozenset[str]) -> bool:
    if isinstance(value, str):
        return identifier_hash(value) in suppressed
    if isinstance(value, dict):
        return any(_mentions(item, suppressed) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, suppressed) for item in value)
