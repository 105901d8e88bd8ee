"""Links between identifiers, the rules that bind them, and the order in which links count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.insight.identity.numbering import by_text, distinct, moments
from orchestration.insight.identity.union_find import UNLIMITED

if TYPE_CHECKING:
    from orchestration.insight.identity.numbering import Array, Names

# kinds of evidence by which a source says that two identifiers are the same one
SAME_KINDS = ("crm_merge", "alias", "manual")
BY_HAND = "manual"
LATEST = np.iinfo(np.int64).max
_LAST_PRIORITY = 999


class Rules(NamedTuple):
    """The rules as they apply to each identifier (most: to each kind)."""

    priority: Array
    is_unique: Array
    cap: Array
    most: Array


class Links(NamedTuple):
    """Pairs of identifiers, each once and in order, and the evidence rows behind them."""

    low: Array
    high: Array
    is_same: Array
    # whether a person says so, whatever else does
    by_hand: Array
    # per row of evidence: its two identifiers as one number, and how many identifiers there are
    row: Array
    node_count: int

    def only(self, mask: Array) -> tuple[Array, Array]:
        """Return the two ends of some of the pairs."""
        return self.low[mask], self.high[mask]


def apply(rules: pa.Table, names: Names, nodes: pa.Table, degree_cap: int) -> Rules:
    """Return the rules as they apply to each identifier; ``nodes`` may tell which are shared."""
    by_type = {row["identifier_type"]: row for row in rules.to_pylist()}
    rows = [by_type.get(name, {}) for name, _ in names.kinds]

    def of(column: str, *, default: int) -> Array:
        given = [row.get(column) for row in rows]
        return np.array([default if one is None else one for one in given], dtype=np.int64)

    is_unique = of("is_unique", default=0).astype(bool)[names.kind]
    if "is_shared" in nodes.column_names:
        is_shared = pc.fill_null(nodes["is_shared"], fill_value=False).to_numpy()
        is_unique[names.node[is_shared.astype(bool)]] = False
    return Rules(
        priority=of("priority", default=_LAST_PRIORITY)[names.kind],
        is_unique=is_unique,
        cap=of("degree_cap", default=degree_cap)[names.kind],
        most=of("most_per_person", default=UNLIMITED),
    )


def pair(names: Names, evidence: pa.Table) -> Links:
    """Return each pair of identifiers that evidence ties, once."""
    count = names.size
    row = np.minimum(names.left, names.right).astype(np.int64) * count
    row += np.maximum(names.left, names.right)
    pairs = distinct(row[names.left != names.right])
    said = pc.is_in(evidence["kind"], pa.array(SAME_KINDS)).to_numpy()
    said = np.flatnonzero(said & (names.left != names.right))
    is_same, by_hand = (np.zeros(len(pairs), dtype=bool) for _ in range(2))
    is_same[np.searchsorted(pairs, row[said])] = True
    is_told = pc.equal(evidence["kind"].take(pa.array(said)), BY_HAND).to_numpy()
    by_hand[np.searchsorted(pairs, row[said[is_told]])] = True
    return Links(pairs // count, pairs % count, is_same, by_hand, row, count)


def best_first(
    weighed: Array, names: Names, links: Links, rules: Rules, evidence: pa.Table
) -> Array:
    """Put links (in ascending order) in the order in which they are accepted.

    What a source says is the same comes first; then counts the weaker end's priority, the stronger
    end's, how lately it was seen, and how many sources and kinds attest it.
    """
    low, high = links.only(weighed)
    rows, target = _behind(low * links.node_count + high, names, links)
    last = np.full(len(weighed), -LATEST)
    some = evidence.take(pa.array(rows))
    np.maximum.at(last, target, moments(some["last_seen_at"], -LATEST))
    attested = pd.DataFrame({"link": target, "source": some["source"], "kind": some["kind"]})
    witnesses = np.bincount(attested.drop_duplicates()["link"], minlength=len(weighed))
    one, other = rules.priority[low], rules.priority[high]
    ends, place = np.unique(np.concatenate([low, high]), return_inverse=True)
    text = by_text(names, ends)[place].reshape(2, -1)
    order = np.lexsort(
        (
            text.max(axis=0),
            text.min(axis=0),
            -witnesses,
            -last,
            np.minimum(one, other),
            np.maximum(one, other),
            ~links.is_same[weighed],
        )
    )
    return np.asarray(weighed[order])


def _behind(pairs: Array, names: Names, links: Links) -> tuple[Array, Array]:
    """Return the rows of evidence behind some pairs, and the place of each row's pair."""
    is_end = np.zeros(links.node_count, dtype=bool)
    is_end[pairs // links.node_count] = True
    # of most rows a glance at one end tells that their pair is another
    rows = np.flatnonzero(is_end[names.left] | is_end[names.right])
    place = np.searchsorted(pairs, links.row[rows])
    place[place == len(pairs)] = 0
    is_behind = pairs[place] == links.row[rows]
    return rows[is_behind], place[is_behind]
