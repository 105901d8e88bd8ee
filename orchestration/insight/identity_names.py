"""Identifiers as numbers: all names of a map in the order of their text, and back again."""

from __future__ import annotations

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
    """All identifiers, numbered in the order of their text."""

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
    """Give every identifier of two tables a number, in the order of their text."""
    columns = [(nodes, NODE), (evidence, LEFT), (evidence, RIGHT)]
    sizes = np.cumsum([len(table) for table, _ in columns])[:-1]
    (types, type_code), (namespaces, namespace_code), (values, value_code) = (
        _encoded([table[names[part]] for table, names in columns]) for part in range(3)
    )

    given, found = pd.factorize(type_code * len(namespaces) + namespace_code)
    pairs = (divmod(int(code), len(namespaces)) for code in found)
    kinds = [(types[one].as_py(), namespaces[two].as_py()) for one, two in pairs]
    order = sorted(range(len(kinds)), key=kinds.__getitem__)
    kind_rank = _ranks(np.array(order, dtype=np.int64))

    by_text = pc.sort_indices(values).to_numpy()
    key, distinct = pd.factorize(_ranks(by_text)[value_code] * len(kinds) + kind_rank[given])
    rank = _ranks(np.argsort(distinct))
    value, kind = np.divmod(np.sort(distinct), len(kinds))
    node, left, right = np.split(rank[key], sizes)
    return Names(
        values=values.take(pa.array(by_text[value])),
        kind=kind,
        kinds=[kinds[position] for position in order],
        node=node,
        left=left,
        right=right,
    )


def _encoded(columns: list[pa.ChunkedArray]) -> tuple[pa.Array, Array]:
    """Return the distinct texts of all columns, and each row's position among them."""
    chunks = [chunk.cast(pa.large_string()) for column in columns for chunk in column.chunks]
    encoded = pa.chunked_array(chunks, type=pa.large_string()).dictionary_encode()
    encoded = encoded.unify_dictionaries()
    return encoded.chunk(0).dictionary, np.concatenate(
        [chunk.indices.to_numpy().astype(np.int64) for chunk in encoded.chunks]
    )


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
