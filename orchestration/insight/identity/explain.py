"""Why identifiers are one person's: the links that hold a person together, and those that split it.

Per pair of identifiers inside a person: its place in the order of strength, whether it is part of
the person's backbone (the tree of the strongest links, so that the way between any two identifiers
along it has the strongest weakest link there is), and whether it is a bridge: the only thing that
holds two parts together. A pure function of frames.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from orchestration.insight.identity.links import apply, best_first, pair
from orchestration.insight.identity.numbering import (
    LEFT,
    NODE,
    RIGHT,
    Array,
    Names,
    by_text,
    complete,
    number,
    texts,
)
from orchestration.insight.identity.resolve import CANONICAL

COLUMNS = (*LEFT, *RIGHT)
_RESULT = pa.schema(
    [(name, pa.string()) for name in COLUMNS]
    + [
        ("strength_rank", pa.int64()),
        ("is_backbone", pa.bool_()),
        ("is_bridge", pa.bool_()),
        ("split_size", pa.int64()),
    ]
)


def weigh(clusters: pa.Table, evidence: pa.Table, rules: pa.Table, *, degree_cap: int) -> pa.Table:
    """Weigh the links inside persons.

    Args:
        clusters: What ``identity.resolve`` returned, optionally with ``is_shared``.
        evidence: The evidence it was made from.
        rules: The rules it was made by.
        degree_cap: As it was given there.

    Returns:
        One row per pair of identifiers of one person that evidence ties: both identifiers in the
        order of their text,
        ``strength_rank`` (1 is the person's strongest link), ``is_backbone``, ``is_bridge`` and
        ``split_size`` (how many identifiers the smaller part has once a bridge is gone; else null).
    """
    evidence = complete(evidence, COLUMNS)
    if not len(evidence):
        return _RESULT.empty_table()
    names = number(clusters, evidence)
    leader = leaders(names, clusters)
    links = pair(names, evidence)
    inside = np.flatnonzero(leader[links.low] == leader[links.high])
    applied = apply(rules, names, clusters, degree_cap)
    inside = best_first(inside, names, links, applied, evidence)
    low, high = links.low[inside], links.high[inside]
    is_backbone, is_bridge, split = _structure(low, high, leader)
    left, right = _by_text(names, low, high)
    found = [*texts(names, left), *texts(names, right), _rank_within(leader[low])]
    sizes = pa.array(split, mask=~is_bridge)
    return pa.table([*found, pa.array(is_backbone), pa.array(is_bridge), sizes], schema=_RESULT)


def leaders(names: Names, clusters: pa.Table) -> Array:
    """Return the number of each identifier's canonical member."""
    renamed = clusters.select([*CANONICAL, *NODE]).rename_columns([*LEFT, *RIGHT])
    both = number(clusters, renamed)
    # every canonical member is one of the clusters' identifiers: both numberings agree
    leader = np.arange(names.size)
    leader[both.node] = both.left
    return leader


def _by_text(names: Names, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the ends of links in the order of their text: numbers depend on the rows' order."""
    ends, place = np.unique(np.concatenate([low, high]), return_inverse=True)
    one, other = by_text(names, ends)[place].reshape(2, -1)
    return np.where(one < other, low, high), np.where(one < other, high, low)


def _rank_within(group: Array) -> Array:
    """Return for rows in order their place within their group, from 1."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[begins, len(ordered)])
    ranks = np.empty(len(group), dtype=np.int64)
    ranks[order] = np.arange(len(group)) - np.repeat(begins, sizes) + 1
    return ranks


def _structure(low: Array, high: Array, leader: Array) -> tuple[Array, Array, Array]:
    """Tell of links, the strongest first, which are backbone and which are bridges."""
    count = len(leader)
    weight = np.arange(1, len(low) + 1, dtype=np.float64)
    tree = minimum_spanning_tree(coo_array((weight, (low, high)), shape=(count, count)).tocsr())
    in_tree = np.zeros(len(low), dtype=bool)
    in_tree[tree.tocoo().data.astype(np.int64) - 1] = True
    order, parent = _walk(low[in_tree], high[in_tree], leader)

    # a number drawn for each other link, summed up the tree without carry: a subtree whose sum is
    # zero has no link out of it but the one to its parent
    mark = np.zeros(count, dtype=np.uint64)
    drawn = np.random.default_rng(0).integers(1, 2**63, size=int((~in_tree).sum()), dtype=np.uint64)
    np.bitwise_xor.at(mark, low[~in_tree], drawn)
    np.bitwise_xor.at(mark, high[~in_tree], drawn)
    size = np.ones(count, dtype=np.int64)
    for level in reversed(_levels(order, parent)):
        np.bitwise_xor.at(mark, parent[level], mark[level])
        np.add.at(size, parent[level], size[level])

    child = np.where(parent[low] == high, low, high)
    is_bridge = in_tree & (mark[child] == 0)
    split = np.minimum(size[child], size[leader[child]] - size[child])
    return in_tree, is_bridge, split


def _walk(low: Array, high: Array, leader: Array) -> tuple[Array, Array]:
    """Return the identifiers from their canonical members outwards, and each one's parent."""
    count = len(leader)
    roots = np.unique(leader)
    # one root above all makes one tree of the forest
    rows = np.concatenate([low, np.full(len(roots), count)])
    columns = np.concatenate([high, roots])
    ones = np.ones(len(rows), dtype=np.int8)
    graph = coo_array((ones, (rows, columns)), shape=(count + 1, count + 1)).tocsr()
    order, parent = breadth_first_order(graph, count, directed=False)
    parent = parent.astype(np.int64)
    parent[parent == count] = -1
    return order[1:], parent[:count]


def _levels(order: Array, parent: Array) -> list[Array]:
    """Return the identifiers below the canonical members, by their distance from them."""
    is_root = parent[order] < 0
    place = np.empty(len(parent), dtype=np.int64)
    place[order] = np.arange(len(order))
    above = np.where(is_root, -1, place[parent[order]])
    levels, begin = [], int(is_root.sum())
    while begin < len(order):
        # breadth first: whose parents stand before this level's first are this level
        end = int(np.searchsorted(above, begin))
        levels.append(order[begin:end])
        begin = end
    return levels
