"""Who is who: identifiers and the evidence that ties them, grouped into persons (or accounts).

A pure function of frames: nothing is read or written here, and the rules come as data. How it
decides, in this order:

1. A blocked value (``undefined``, ``test@test.com``) and an identifier with more neighbours than
   its cap allows are barred: they link nothing and stand alone.
2. Links between identifiers that belong to one person only (``is_unique``) bind: connected
   components, as long as no person gets more values of a type than ``most_per_person``. Values
   that a source itself has merged count as one.
3. Identifiers that people share (a device, a shared mailbox) never bind two persons: each goes to
   one of them, to the better type first and then to the latest, so that a device belongs to its
   last login. What its other users did while logged in carries their own ids and stays theirs.

Only inside a component that breaks a rule are links weighed one by one, the best first; a link
that would break it is refused. A link is refused exactly when its two ends end up apart.

The result does not depend on the order, the batches or the repetition of the evidence: whatever
decides is a set, a minimum or a maximum, never a count of rows, and ties fall to the order of the
identifiers' own text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from orchestration.insight.forest import UNLIMITED, Forest

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = npt.NDArray[Any]

DEGREE_CAP = 50
BLOCKED = "blocked_value"
OVER_CAP = "over_degree_cap"
# kinds of evidence by which a source says that two identifiers are the same one
SAME_KINDS = ("crm_merge", "alias", "manual")

NODE = ("identifier_type", "identifier_namespace", "identifier_value")
LEFT = ("left_type", "left_namespace", "left_value")
RIGHT = ("right_type", "right_namespace", "right_value")
CANONICAL = ("canonical_type", "canonical_namespace", "canonical_value")

_RESULT = pa.schema(
    [(name, pa.string()) for name in (*NODE, *CANONICAL)]
    + [("link_count", pa.int64()), ("refusal_reason", pa.string())]
)
_LATEST = np.iinfo(np.int64).max
_LAST_PRIORITY = 999


class _Names(NamedTuple):
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


class _Rules(NamedTuple):
    """The rules as they apply to each identifier (most: to each kind)."""

    priority: Array
    is_unique: Array
    cap: Array
    most: Array


class _Links(NamedTuple):
    """Pairs of identifiers, each once, and the evidence rows behind them."""

    low: Array
    high: Array
    is_same: Array
    # per row of evidence: the pair's position, -1 where it ties an identifier to itself
    row: Array

    def only(self, mask: Array) -> tuple[Array, Array]:
        """Return the two ends of some of the pairs."""
        return self.low[mask], self.high[mask]


def resolve(
    nodes: pa.Table,
    evidence: pa.Table,
    rules: pa.Table,
    blocked: pa.Table,
    *,
    degree_cap: int = DEGREE_CAP,
) -> pa.Table:
    """Group identifiers into persons by what ties them together.

    Args:
        nodes: All identifiers: ``identifier_type, identifier_namespace, identifier_value,
            first_seen_at`` and optionally ``is_shared`` (people share this one, whatever its type
            says). What appears in the evidence alone is added.
        evidence: What was seen: ``left_type, left_namespace, left_value``, the same of ``right``,
            ``source, kind, first_seen_at, last_seen_at``.
        rules: Per ``identifier_type``: ``priority`` (1 is best), ``is_unique``,
            ``most_per_person`` and ``degree_cap`` (both may be null). A type without a rule is
            shared and comes last.
        blocked: Values that identify nobody: ``identifier_type`` (``*`` for all), ``match``
            (``exact`` or ``pattern``) and ``value``, compared in lower case.
        degree_cap: The cap where a rule has none of its own.

    Returns:
        One row per identifier: its type, namespace and value, the same of the canonical member of
        its person (the one seen first), ``link_count`` (its neighbours) and ``refusal_reason``
        where it is barred.
    """
    evidence = _complete(evidence, (*LEFT, *RIGHT))
    nodes = _complete(nodes, NODE)
    if not len(nodes) and not len(evidence):
        return _RESULT.empty_table()
    names = _number(nodes, evidence)
    applied = _apply(rules, names, nodes, degree_cap)
    links = _pair(names, evidence)
    is_blocked = _match(blocked, names)
    usable = ~is_blocked[links.low] & ~is_blocked[links.high]
    degree = _degree(names.size, *links.only(usable))
    is_over = degree > applied.cap
    usable &= ~is_over[links.low] & ~is_over[links.high]
    person = _group(names, applied, links, usable, evidence)
    canonical = _canonical(person, _first_seen(names, nodes, evidence), applied.priority)
    reason = np.full(names.size, None, dtype=object)
    reason[is_over] = OVER_CAP
    reason[is_blocked] = BLOCKED
    columns = [*_texts(names, np.arange(names.size)), *_texts(names, canonical), degree, reason]
    return pa.table(columns, schema=_RESULT)


def _complete(table: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    """Leave out rows in which an identifier is missing."""
    is_given = np.ones(len(table), dtype=bool)
    for name in columns:
        length = pc.fill_null(pc.binary_length(table[name]), 0)
        is_given &= length.to_numpy() > 0
    return table if is_given.all() else table.filter(pa.array(is_given))


def _number(nodes: pa.Table, evidence: pa.Table) -> _Names:
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
    return _Names(
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


def _texts(names: _Names, node: Array) -> Iterator[pa.Array]:
    kind = pa.array(names.kind[node].astype(np.int32))
    for part in range(2):
        words = pa.array([each[part] for each in names.kinds], pa.string())
        yield pa.DictionaryArray.from_arrays(kind, words).cast(pa.string())
    yield names.values.take(pa.array(node)).cast(pa.string())


def _apply(rules: pa.Table, names: _Names, nodes: pa.Table, degree_cap: int) -> _Rules:
    by_type = {row["identifier_type"]: row for row in rules.to_pylist()}
    rows = [by_type.get(name, {}) for name, _ in names.kinds]

    def of(column: str, *, default: int) -> Array:
        given = [row.get(column) for row in rows]
        return np.array([default if one is None else one for one in given], dtype=np.int64)

    is_unique = of("is_unique", default=0).astype(bool)[names.kind]
    if "is_shared" in nodes.column_names:
        is_shared = pc.fill_null(nodes["is_shared"], fill_value=False).to_numpy()
        is_unique[names.node[is_shared.astype(bool)]] = False
    return _Rules(
        priority=of("priority", default=_LAST_PRIORITY)[names.kind],
        is_unique=is_unique,
        cap=of("degree_cap", default=degree_cap)[names.kind],
        most=of("most_per_person", default=UNLIMITED),
    )


def _pair(names: _Names, evidence: pa.Table) -> _Links:
    low, high = np.minimum(names.left, names.right), np.maximum(names.left, names.right)
    is_link = low != high
    row = np.full(len(low), -1, dtype=np.int64)
    pairs, row[is_link] = np.unique(low[is_link] * names.size + high[is_link], return_inverse=True)
    says_same = pc.is_in(evidence["kind"], pa.array(SAME_KINDS)).to_numpy() & is_link
    is_same = np.zeros(len(pairs), dtype=bool)
    is_same[row[says_same]] = True
    return _Links(pairs // names.size, pairs % names.size, is_same, row)


def _match(blocked: pa.Table, names: _Names) -> Array:
    found = np.zeros(names.size, dtype=bool)
    plain = pc.utf8_lower(pc.utf8_trim_whitespace(names.values))
    types = names.types()[names.kind]
    for (identifier_type, match), rows in _grouped(blocked).items():
        if match == "exact":
            hits = pc.is_in(plain, pa.array([row.lower() for row in rows], pa.large_string()))
        else:
            hits = pc.match_substring_regex(plain, "|".join(f"(?:{row})" for row in rows))
        applies = True if identifier_type == "*" else types == identifier_type
        found |= hits.to_numpy(zero_copy_only=False) & applies
    return found


def _grouped(blocked: pa.Table) -> dict[tuple[str, str], list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for row in blocked.to_pylist():
        groups.setdefault((row["identifier_type"], row["match"]), []).append(row["value"])
    return groups


def _degree(count: int, low: Array, high: Array) -> Array:
    return np.asarray(np.bincount(low, minlength=count) + np.bincount(high, minlength=count))


def _components(count: int, low: Array, high: Array) -> Array:
    """Return the number of each identifier's component."""
    if not len(low):
        return np.arange(count)
    edges = coo_array((np.ones(len(low), dtype=np.int8), (low, high)), shape=(count, count))
    return np.asarray(connected_components(edges.tocsr(), directed=False)[1], dtype=np.int64)


def _group(names: _Names, rules: _Rules, links: _Links, usable: Array, evidence: pa.Table) -> Array:
    """Return a number per identifier, the same for those of one person."""
    count = names.size
    is_binding = usable & rules.is_unique[links.low] & rules.is_unique[links.high]
    component = _components(count, *links.only(usable))
    unit = _components(count, *links.only(usable & links.is_same))
    is_broken = _breaks_limit(names, rules, component, unit) | _binds_by_sharing(
        rules, component, _components(count, *links.only(is_binding))
    )
    weighed = np.flatnonzero(usable & is_broken[component[links.low]])
    if not len(weighed):
        return component
    weighed = _best_first(weighed, links, rules, evidence)
    forest = Forest(kind=names.kind, unit=unit, most=rules.most, is_unique=rules.is_unique)
    for low, high, binds in zip(
        links.low[weighed].tolist(),
        links.high[weighed].tolist(),
        is_binding[weighed].tolist(),
        strict=True,
    ):
        forest.link(low, high, binds=binds)
    inside = np.flatnonzero(is_broken[component])
    component[inside] = count + np.array([forest.root(node) for node in inside.tolist()])
    return component


def _breaks_limit(names: _Names, rules: _Rules, component: Array, unit: Array) -> Array:
    """Tell for each component whether it holds too many values of a type."""
    width = len(names.kinds)
    limited = np.flatnonzero(rules.most[names.kind] < UNLIMITED)
    owner = component[limited] * width + names.kind[limited]
    # merged values share a unit and count once
    distinct = np.unique(owner * names.size + unit[limited])
    owner, found = np.unique(distinct // names.size, return_counts=True)
    is_broken = np.zeros(names.size, dtype=bool)
    is_broken[owner[found > rules.most[owner % width]] // width] = True
    return is_broken


def _binds_by_sharing(rules: _Rules, component: Array, bound: Array) -> Array:
    """Tell for each component whether only shared identifiers hold it together."""
    own = np.flatnonzero(rules.is_unique)
    count = len(component)
    parts = np.unique(component[own] * count + bound[own]) // count
    return np.asarray(np.bincount(parts, minlength=len(component)) > 1)


def _best_first(weighed: Array, links: _Links, rules: _Rules, evidence: pa.Table) -> Array:
    """Put links in the order in which they are accepted.

    What a source says is the same comes first; then counts the weaker end's priority, the stronger
    end's, how lately it was seen, and how many sources and kinds attest it.
    """
    position = np.full(len(links.low), -1, dtype=np.int64)
    position[weighed] = np.arange(len(weighed))
    rows = np.flatnonzero((links.row >= 0) & (position[links.row] >= 0))
    target = position[links.row[rows]]
    last = np.full(len(weighed), -_LATEST)
    some = evidence.take(pa.array(rows))
    np.maximum.at(last, target, _moments(some["last_seen_at"], -_LATEST))
    attested = pd.DataFrame({"link": target, "source": some["source"], "kind": some["kind"]})
    witnesses = np.bincount(attested.drop_duplicates()["link"], minlength=len(weighed))
    low, high = links.only(weighed)
    one, other = rules.priority[low], rules.priority[high]
    order = np.lexsort(
        (
            high,
            low,
            -witnesses,
            -last,
            np.minimum(one, other),
            np.maximum(one, other),
            ~links.is_same[weighed],
        )
    )
    return np.asarray(weighed[order])


def _moments(column: pa.ChunkedArray, otherwise: int) -> Array:
    """Return microseconds since 1970; another number where the moment is unknown."""
    micros = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return np.asarray(pc.fill_null(micros, pa.scalar(otherwise, pa.int64())).to_numpy())


def _first_seen(names: _Names, nodes: pa.Table, evidence: pa.Table) -> Array:
    first = np.full(names.size, _LATEST)
    np.minimum.at(first, names.node, _moments(nodes["first_seen_at"], _LATEST))
    seen = _moments(evidence["first_seen_at"], _LATEST)
    np.minimum.at(first, names.left, seen)
    np.minimum.at(first, names.right, seen)
    return first


def _canonical(person: Array, first_seen: Array, priority: Array) -> Array:
    """Return for each identifier the member of its person that was seen first.

    Later identifiers leave it alone, so that a visitor keeps the number when signing up.
    """
    count = len(person)
    person = pd.factorize(person)[0]
    earliest = np.full(count, _LATEST)
    np.minimum.at(earliest, person, first_seen)
    is_earliest = np.flatnonzero(first_seen == earliest[person])
    best = np.full(count, _LATEST)
    np.minimum.at(best, person[is_earliest], priority[is_earliest] * count + is_earliest)
    return np.asarray(best[person] % count)
