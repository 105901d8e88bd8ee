"""Small helpers that turn columns of numbers and text into tables, and write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingestion.sandbox.company.draws import Array, Chance

Columns = dict[str, Any]

TEXT, INT, BOOL, REAL = pa.string(), pa.int64(), pa.bool_(), pa.float64()

_DIGITS = 10**11


def write(path: Path, columns: Mapping[str, Any], types: Mapping[str, pa.DataType]) -> None:
    """Write one table; the same columns give the same bytes."""
    pq.write_table(
        table(columns, types, path.stem),
        _made(path),
        compression="zstd",
        compression_level=1,
        use_dictionary=True,
    )


def table(columns: Mapping[str, Any], types: Mapping[str, pa.DataType], name: str) -> pa.Table:
    """Return columns as a table of known types; an error names it."""
    if set(columns) != set(types):
        raise KeyError(f"{name}: {sorted(set(columns) ^ set(types))}")
    return pa.table(
        [_column(columns[column], kind) for column, kind in types.items()],
        schema=pa.schema(list(types.items())),
    )


def _column(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values if values.type == kind else values.cast(kind)
    if isinstance(values, np.ma.MaskedArray):
        return pa.array(values.data, type=kind, mask=np.ma.getmaskarray(values))
    if isinstance(values, np.ndarray) and values.dtype.kind == "S":
        return pa.array(values, type=pa.binary()).cast(kind)
    if isinstance(values, np.ndarray) and values.dtype.kind in "UO":
        return pa.array(values.tolist(), type=kind)
    return pa.array(values, type=kind)


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def until(moments: Array, now: int) -> np.ma.MaskedArray[Any, Any]:
    """Hide moments that lie ahead."""
    return np.ma.masked_array(moments, mask=moments >= now)


def unless(mask: Array, values: Array) -> Array:
    """Return values as objects, with null where the mask holds."""
    shown = values.astype(object)
    shown[mask] = None
    return shown


def numbers(chance: Chance, name: str, *index: Array) -> Array:
    """Return identifiers of twelve digits, as text."""
    return (chance.below(name, 9 * _DIGITS, *index) + _DIGITS).astype("U12")


def prefixed(prefix: str, chance: Chance, name: str, *index: Array, chars: int = 12) -> Array:
    """Return identifiers such as ``acc_1f00…``, as text."""
    drawn = chance.hex(name, *index, chars=chars).astype(f"U{chars}")
    return np.char.add(prefix, drawn) if len(drawn) else drawn


def repeats(values: Array) -> Array:
    """Count, for each value, how often it occurred before: 0 for the first."""
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    fresh = np.ones(len(values), dtype=bool)
    fresh[1:] = ranked[1:] != ranked[:-1]
    position = np.arange(len(values))
    first = np.maximum.accumulate(np.where(fresh, position, 0))
    counted = np.empty(len(values), dtype=np.int64)
    counted[order] = position - first
    return counted


def told_apart(values: Array, after: str = "") -> Array:
    """Number the later ones of equal texts, so that all differ: who came first keeps the plain."""
    seen = repeats(values)
    marks = np.where(seen > 0, np.char.add("", (seen + 1).astype("U8")), "")
    return np.char.add(np.char.add(values, marks), after)


def iso(moments_ms: Array) -> Array:
    """Write moments in milliseconds as the vendors do: 2025-01-02T03:04:05.678Z."""
    stamps = np.asarray(moments_ms, dtype=np.int64).astype("datetime64[ms]")
    return np.char.add(np.datetime_as_string(stamps, unit="ms"), "Z")


def as_json(value: Any) -> str:
    """Write a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
