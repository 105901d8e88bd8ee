"""Identifiers as numbers, and back again."""

from __future__ import annotations

from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = npt.NDArray[Any]

NODE = ("identifier_type", "identifier_namespace", "identifier_value")
LEFT = ("left_type", "left_namespace", "left_value")
RIGHT = ("right_type", "right_namespace", "right_value")


class Names(NamedTuple):
    """All identifiers, numbered in the order in which they are first met."""

    values: pa.Array
    # per identifier: the position of its type and namespace in `kinds`
    kind: Array
    kinds: list[tuple[str, str]]
    # the number of each row's identifier
    node: Array
    left: Array
    right: Array

    @property
    def size(self) -> int:
        """Return how many identifiers there are."""
        return len(self.values)

    def types(self) -> Array:
        """Return the type of each kind."""
        return np.array([name for name, _ in self.kinds], dtype=object)


def complete(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """Leave out rows in which an identifier is missing."""
    is_given = np.ones(len(table), dtype=bool)
    for name in columns:
        length = pc.fill_null(pc.binary_length(table[name]), 0)
        is_given &= length.to_numpy() > 0
    return table if is_given.all() else table.filter(pa.array(is_given))


def number(nodes: pa.Table, evidence: pa.Table) -> Names:
    """Give every identifier of two tables a number, first those of ``nodes`` in their order."""
    columns = [(nodes, NODE), (evidence, LEFT), (evidence, RIGHT)]
    sizes = np.cumsum([len(table) for table, _ in columns])[:-1]
    # arrow lets go of Python's lock: one thread is busy with the values, the other with the rest
    with ThreadPool(2) as threads:
        (values, value), (types, type_code), (namespaces, namespace_code) = threads.map(
            lambda part: _encoded([table[names[part]] for table, names in columns]), (2, 0, 1)
        )
    given, found = pd.factorize(type_code * np.int32(len(namespaces)) + namespace_code)
    del type_code, namespace_code
    pairs = (divmod(int(code), len(namespaces)) for code in found)
    kinds = [(types[one].as_py(), namespaces[two].as_py()) for one, two in pairs]
    given = given.astype(np.int32)
    # hardly a text is used by two kinds: it has the number of its text, and others come after
    kind = np.empty(len(values), dtype=np.int32)
    kind[value[::-1]] = given[::-1]
    others = np.flatnonzero(kind[value] != given)
    if len(others):
        texts_of, kinds_of = value[others].astype(np.int64), given[others]
        place, more = pd.factorize(texts_of * len(kinds) + kinds_of)
        value[others] = len(values) + place
        values = pa.concat_arrays([values, values.take(pa.array(more // len(kinds)))])
        kind = np.concatenate([kind, (more % len(kinds)).astype(np.int32)])
    node, left, right = np.split(value, sizes)
    return Names(values, kind, kinds, node, left, right)


def _encoded(columns: list[pa.ChunkedArray]) -> tuple[pa.Array, Array]:
    """Return the distinct texts of all columns, and each row's position among them."""
    chunks = [chunk.cast(pa.large_string()) for column in columns for chunk in column.chunks]
    encoded = pa.chunked_array(chunks, type=pa.large_string()).dictionary_encode()
    # arrow gives every chunk the dictionary of all
    return encoded.chunk(0).dictionary, np.concatenate(
        [chunk.indices.to_numpy() for chunk in encoded.chunks]
    )


def distinct(keys: Array) -> Array:
    """Return each number once, in ascending order.

    By sorting: numpy's own way hashes, which takes many times as long for so many numbers.
    """
    ordered = np.sort(keys)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def by_text(names: Names, node: Array) -> Array:
    """Return for some identifiers their places in the order of their text, type and namespace."""
    kind_order = sorted(range(len(names.kinds)), key=names.kinds.__getitem__)
    texts_of = {
        "value": names.values.take(pa.array(node)),
        "kind": _ranks(np.array(kind_order, dtype=np.int64))[names.kind[node]],
    }
    order = [("value", "ascending"), ("kind", "ascending")]
    return _ranks(pc.sort_indices(pa.table(texts_of), sort_keys=order).to_numpy())


def _ranks(order: Array) -> Array:
    """Turn positions in order into the place of each position."""
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def find(names: Names, pairs: pa.Table) -> tuple[Array, Array]:
    """Return the numbers of both ends of some pairs, without pairs of which an end is unknown."""
    sides = [_rows(pairs, LEFT), _rows(pairs, RIGHT)]
    wanted = pa.array([row[2] for side in sides for row in side], names.values.type)
    places = np.flatnonzero(pc.is_in(names.values, wanted).to_numpy(zero_copy_only=False))
    known = {
        (*names.kinds[names.kind[place]], names.values[place].as_py()): place
        for place in places.tolist()
    }
    ends = [
        (known[left], known[right])
        for left, right in zip(*sides, strict=True)
        if left in known and right in known
    ]
    found = np.array(ends, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _rows(table: pa.Table, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(zip(*(table[name].to_pylist() for name in columns), strict=True))


def texts(names: Names, node: Array) -> Iterator[pa.Array]:
    """Return types, namespaces and values of some identifiers."""
    kind = pa.array(names.kind[node].astype(np.int32))
    for part in range(2):
        words = pa.array([each[part] for each in names.kinds], pa.string())
        yield pa.DictionaryArray.from_arrays(kind, words).cast(pa.string())
    yield names.values.take(pa.array(node)).cast(pa.string())


def moments(column: pa.ChunkedArray, otherwise: int) -> Array:
    """Return microseconds since 1970; another number where the moment is unknown."""
    micros = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(pc.fill_null(micros, pa.scalar(otherwise, pa.int64())).to_numpy())
