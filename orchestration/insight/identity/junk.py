"""Values that look like nobody's: found from how many neighbours and persons they have.

A value like ``undefined`` or a form's dummy address betrays itself before it reaches the degree
cap: it has far more neighbours, or evidence ties it to far more persons, than identifiers of its
type have. What is found is proposed for the list of blocked values, never blocked by itself. A
pure function of frames.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from orchestration.insight.identity.explain import leaders
from orchestration.insight.identity.links import Links, pair
from orchestration.insight.identity.numbering import (
    LEFT,
    NODE,
    RIGHT,
    Array,
    Names,
    complete,
    number,
    texts,
)

# a value is proposed when so few of all identifiers of its type would be like it by chance
BY_CHANCE = 0.01
# two persons on one device are a couple, four neighbours a busy user: no reason to look
LEAST_PERSONS, LEAST_LINKS = 3, 8
# what is usual is learned from all but the highest of each type, which may be junk themselves
TRIMMED = 0.99

_RESULT = pa.schema(
    [(name, pa.string()) for name in NODE]
    + [
        ("link_count", pa.int64()),
        ("person_count", pa.int64()),
        ("usual_link_count", pa.float64()),
        ("usual_person_count", pa.float64()),
        ("expected_count", pa.float64()),
    ]
)


def suspect(clusters: pa.Table, evidence: pa.Table, known: pa.Table) -> pa.Table:
    """Find identifiers with more neighbours or persons than is usual for their type.

    Args:
        clusters: What ``identity.resolve`` returned.
        evidence: The evidence it was made from.
        known: Identifiers (``identifier_type, identifier_namespace, identifier_value``) that are
            known to be shared, such as an office's mailbox: they are not proposed.

    Returns:
        One row per identifier that stands out: ``link_count``, ``person_count`` (persons that
        evidence ties it to, its own included), the means of its type, and ``expected_count``: how
        many such identifiers there would be by chance.
    """
    evidence = complete(evidence, (*LEFT, *RIGHT))
    if not len(evidence):
        return _RESULT.empty_table()
    names = number(clusters, evidence)
    links = pair(names, evidence)
    degree = np.bincount(np.concatenate([links.low, links.high]), minlength=names.size)
    persons = _persons(names, links, leaders(names, clusters))
    is_open = _is_open(names, clusters, known)
    expected = np.full(names.size, np.inf)
    usual = np.zeros((2, names.size))
    for kind in np.unique(names.kind[is_open]):
        mine = np.flatnonzero((names.kind == kind) & (degree > 0))
        if not len(mine):
            # nothing is linked: cookies of a site on which nobody logs in
            continue
        for place, (counts, least) in enumerate(((degree, LEAST_LINKS), (persons, LEAST_PERSONS))):
            chance, mean = _by_chance(counts[mine])
            chance[counts[mine] < least] = np.inf
            usual[place, mine] = mean
            expected[mine] = np.minimum(expected[mine], chance)
    found = np.flatnonzero(is_open & (expected < BY_CHANCE))
    columns = [degree[found], persons[found], usual[0, found], usual[1, found], expected[found]]
    return pa.table([*texts(names, found), *columns], schema=_RESULT)


def _persons(names: Names, links: Links, leader: Array) -> Array:
    """Count the persons that evidence ties each identifier to, its own included."""
    node = np.concatenate([links.low, links.high, np.arange(names.size)])
    other = np.concatenate([leader[links.high], leader[links.low], leader])
    distinct = np.unique(node * names.size + other) // names.size
    return np.asarray(np.bincount(distinct, minlength=names.size))


def _is_open(names: Names, clusters: pa.Table, known: pa.Table) -> Array:
    """Tell which identifiers are neither blocked already nor known to be shared."""
    is_open = np.ones(names.size, dtype=bool)
    is_blocked = pc.equal(clusters["refusal_reason"], "blocked_value")
    blocked = pc.fill_null(is_blocked, fill_value=False).to_numpy().astype(bool)
    is_open[names.node[blocked]] = False
    listed = {tuple(row[name] for name in NODE) for row in known.to_pylist()}
    if listed:
        values = pa.array([value for *_, value in listed], names.values.type)
        places = np.flatnonzero(pc.is_in(names.values, values).to_numpy(zero_copy_only=False))
        for place in places.tolist():
            kind = names.kinds[names.kind[place]]
            is_open[place] &= (*kind, names.values[place].as_py()) not in listed
    return is_open


def _by_chance(counts: Array) -> tuple[Array, float]:
    """Return how many identifiers would reach each count by chance, and the usual count."""
    kept = np.sort(counts)[: max(1, int(np.ceil(TRIMMED * len(counts))))] - 1
    mean, variance = float(kept.mean()), float(kept.var())
    # nobody knows a type from which every identifier has one neighbour: allow for one more
    mean = max(mean, 1 / len(counts))
    if variance > mean:
        share = mean / variance
        tail = stats.nbinom.sf(counts - 2, mean * share / (1 - share), share)
    else:
        tail = stats.poisson.sf(counts - 2, mean)
    return len(counts) * np.asarray(tail), mean + 1
