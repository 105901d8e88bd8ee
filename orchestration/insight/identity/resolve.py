"""Who is who: identifiers and the evidence that ties them, grouped into persons (or accounts).

A pure function of frames: nothing is read or written here, and the rules come as data. How it
decides, in this order:

1. A blocked value (``undefined``, ``test@test.com``) and an identifier with more neighbours than
   its cap allows are barred: they link nothing and stand alone. What somebody has cut by hand is
   as if no evidence tied it, and nothing else may join the two either.
2. Links between identifiers that belong to one person only (``is_unique``) bind: connected
   components, as long as no person gets more values of a type than ``most_per_person``. Values
   of one type that a source itself has merged count as one.
3. Identifiers that people share (a device, a shared mailbox) never bind two persons: each goes to
   one of them, to the better type first and then to the latest, so that a device belongs to its
   last login. What its other users did while logged in carries their own ids and stays theirs.
   A source's policy may say that a device of several people is nobody's instead; its visits are
   then nobody's too, or given to whoever was known in them (``int_shared_device_records``).

4. Where somebody says by hand that two identifiers are one person's, their persons become one as
   they are, whatever the rules allow a person; only a cut by hand keeps them apart. By hand a
   shared identifier goes to the other one's person, and joins nobody.

Only inside a component that breaks a rule are links weighed one by one, the best first; a link
that would break it is refused. A link is refused exactly when its two ends end up apart.

The result does not depend on the order, the batches or the repetition of the evidence: whatever
decides is a set, a minimum or a maximum, never a count of rows, and ties fall to the order of the
identifiers' own text.

Identifiers are hashed once and are numbers from then on, and text is compared only where a tie
falls to it: so the whole map costs little more than its connected components.
"""

from __future__ import annotations

from multiprocessing.pool import ThreadPool

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from orchestration.insight.identity import blocked as blocked_values
from orchestration.insight.identity.links import (
    LATEST,
    SAME_KINDS,
    Links,
    Rules,
    apply,
    best_first,
    pair,
)
from orchestration.insight.identity.numbering import (
    LEFT,
    NODE,
    RIGHT,
    Array,
    Names,
    by_text,
    complete,
    distinct,
    find,
    moments,
    number,
    texts,
)
from orchestration.insight.identity.union_find import UNLIMITED, Forest

__all__ = ["CANONICAL", "LEFT", "NODE", "RIGHT", "SAME_KINDS", "resolve"]

DEGREE_CAP = 50
# what DuckDB keeps together
BATCH_ROWS = 122_880
BLOCKED = "blocked_value"
OVER_CAP = "over_degree_cap"
SHARED = "shared_identifier"
# policies by which an identifier that people share is nobody's; else it is its last login's
SESSION, IGNORE = "session", "ignore"

CANONICAL = ("canonical_type", "canonical_namespace", "canonical_value")

_RESULT = pa.schema(
    [(name, pa.string()) for name in (*NODE, *CANONICAL)]
    + [("link_count", pa.int64()), ("refusal_reason", pa.string())]
)


def resolve(
    nodes: pa.Table,
    evidence: pa.Table,
    rules: pa.Table,
    blocked: pa.Table,
    *,
    cuts: pa.Table | None = None,
    policies: pa.Table | None = None,
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
        cuts: Pairs of identifiers (named as in the evidence) that somebody says are two people's:
            evidence that ties them is as if it were not there, and no way around joins them.
        policies: Per ``identifier_type`` and ``identifier_namespace`` the ``policy`` for one that
            several people use: ``session`` or ``ignore``, so that it is nobody's, or else
            the last one's.
        degree_cap: The cap where a rule has none of its own.

    Returns:
        One row per identifier: its type, namespace and value, the same of the canonical member of
        its person (the one seen first), ``link_count`` (its neighbours) and ``refusal_reason``
        where it is barred.
    """
    evidence = complete(evidence, (*LEFT, *RIGHT))
    nodes = complete(nodes, NODE)
    if not len(nodes) and not len(evidence):
        return _RESULT.empty_table()
    names = number(nodes, evidence)
    # from here on identifiers are numbers, and their text would only fill the memory
    nodes, evidence = nodes.drop_columns([*NODE]), evidence.drop_columns([*LEFT, *RIGHT])
    applied = apply(rules, names, nodes, degree_cap)
    links = pair(names, evidence)
    apart = find(names, cuts) if cuts is not None and len(cuts) else _NO_PAIRS
    is_blocked = _match(blocked, names)
    usable = ~is_blocked[links.low] & ~is_blocked[links.high] & ~_is_cut(names, links, apart)
    degree = _degree(names.size, *links.only(usable))
    is_over = degree > applied.cap
    usable &= ~is_over[links.low] & ~is_over[links.high]
    is_ignored = np.zeros(names.size, dtype=bool)
    person = None
    if (careful := _careful(names, applied, policies)).any():
        person = _group(names, applied, links, usable & ~_touches(links, careful), evidence, apart)
        is_ignored = _is_shared_by_many(careful, links, usable, person)
        person = None if (usable & _touches(links, careful & ~is_ignored)).any() else person
        usable &= ~_touches(links, is_ignored)
    if person is None:
        person = _group(names, applied, links, usable, evidence, apart)
    first_seen = _first_seen(names, nodes, evidence)
    del links, nodes, evidence
    names = names._replace(node=_NOBODY, left=_NOBODY, right=_NOBODY)
    canonical = _canonical(names, person, first_seen, applied.priority)
    reason = np.select([is_blocked, is_over, is_ignored], [0, 1, 2], default=-1)
    return _result(names, canonical, degree, reason)


def _result(names: Names, canonical: Array, degree: Array, reason: Array) -> pa.Table:
    """Return the result in batches, which DuckDB writes on all threads."""
    words = pa.array([BLOCKED, OVER_CAP, SHARED])

    def batch(begin: int) -> pa.RecordBatch:
        rows = np.arange(begin, min(begin + BATCH_ROWS, names.size))
        codes = pa.array(reason[rows], pa.int8(), mask=reason[rows] < 0)
        barred = pa.DictionaryArray.from_arrays(codes, words).cast(pa.string())
        columns = [*texts(names, rows), *texts(names, canonical[rows]), degree[rows], barred]
        return pa.record_batch(columns, schema=_RESULT)

    with ThreadPool(2) as threads:
        batches = threads.map(batch, range(0, names.size, BATCH_ROWS))
    return pa.Table.from_batches(batches, _RESULT)


_NOBODY = np.empty(0, dtype=np.int64)
_NO_PAIRS = (_NOBODY, _NOBODY)


def _is_cut(names: Names, links: Links, apart: tuple[Array, Array]) -> Array:
    """Tell which links somebody has cut."""
    if not len(apart[0]):
        return np.zeros(len(links.low), dtype=bool)
    cut = np.minimum(*apart) * names.size + np.maximum(*apart)
    return np.isin(links.low * names.size + links.high, cut)


def _touches(links: Links, is_chosen: Array) -> Array:
    return np.asarray(is_chosen[links.low] | is_chosen[links.high])


def _careful(names: Names, rules: Rules, policies: pa.Table | None) -> Array:
    """Tell which identifiers are nobody's as soon as two people use them."""
    careful = {
        (row["identifier_type"], row["identifier_namespace"])
        for row in (policies.to_pylist() if policies is not None else [])
        if row["policy"] in (SESSION, IGNORE)
    }
    is_careful = np.array([kind in careful for kind in names.kinds], dtype=bool)
    return np.asarray(is_careful[names.kind] & ~rules.is_unique)


def _is_shared_by_many(careful: Array, links: Links, usable: Array, person: Array) -> Array:
    """Tell which of these identifiers are tied to more than one person."""
    low, high = links.only(usable & _touches(links, careful))
    ends = np.concatenate([low, high]), np.concatenate([high, low])
    mine = careful[ends[0]] & ~careful[ends[1]]
    users = pd.DataFrame({"device": ends[0][mine], "person": person[ends[1][mine]]})
    counted = np.bincount(users.drop_duplicates()["device"], minlength=len(careful))
    return np.asarray(counted > 1)


def _match(listed: pa.Table, names: Names) -> Array:
    found = np.zeros(names.size, dtype=bool)
    plain = blocked_values.plain(names.values)
    types = names.types()[names.kind]
    for (identifier_type, match), rows in blocked_values.grouped(listed).items():
        hits = blocked_values.meant(plain, match, rows)
        applies = True if identifier_type == blocked_values.ANY_TYPE else types == identifier_type
        found |= hits.to_numpy(zero_copy_only=False) & applies
    return found


def _degree(count: int, low: Array, high: Array) -> Array:
    return np.asarray(np.bincount(low, minlength=count) + np.bincount(high, minlength=count))


def _components(count: int, low: Array, high: Array) -> Array:
    """Return the number of each identifier's component."""
    if not len(low):
        return np.arange(count)
    edges = coo_array((np.ones(len(low), dtype=np.int8), (low, high)), shape=(count, count))
    return np.asarray(connected_components(edges.tocsr(), directed=False)[1], dtype=np.int64)


def _joined(component: Array, low: Array, high: Array) -> Array:
    """Return the components once more links count: those there are become one where they meet."""
    if not len(low):
        return component
    count = int(component.max()) + 1
    return np.asarray(_components(count, component[low], component[high])[component])


def _group(
    names: Names,
    rules: Rules,
    links: Links,
    usable: Array,
    evidence: pa.Table,
    apart: tuple[Array, Array],
) -> Array:
    """Return a number per identifier, the same for those of one person."""
    by_hand = usable & links.by_hand & rules.is_unique[links.low] & rules.is_unique[links.high]
    person = _by_rule(names, rules, links, usable & ~by_hand, evidence, apart)
    told = best_first(np.flatnonzero(by_hand), names, links, rules, evidence)
    return _by_hand(person, links.low[told], links.high[told], apart) if len(told) else person


def _by_hand(person: Array, low: Array, high: Array, apart: tuple[Array, Array]) -> Array:
    """Return the persons once those of these pairs are one, in this order, unless cut apart."""
    count = int(person.max()) + 1
    each = np.arange(count)
    whole = Forest(
        kind=np.zeros(count, dtype=np.int8),
        unit=each,
        most=np.array([UNLIMITED]),
        is_unique=np.ones(count, dtype=bool),
    )
    one, other = (person[end].tolist() for end in apart)
    whole.keep_apart(one, other)
    ends = person[low].tolist(), person[high].tolist()
    for left, right in zip(*ends, strict=True):
        whole.link(left, right, binds=True)
    for touched in {*ends[0], *ends[1]}:
        each[touched] = whole.root(touched)
    return np.asarray(each[person])


def _by_rule(
    names: Names,
    rules: Rules,
    links: Links,
    usable: Array,
    evidence: pa.Table,
    apart: tuple[Array, Array],
) -> Array:
    """Return the same as the rules alone have it."""
    count = names.size
    is_binding = usable & rules.is_unique[links.low] & rules.is_unique[links.high]
    bound = _components(count, *links.only(is_binding))
    component = _joined(bound, *links.only(usable & ~is_binding))
    is_one_kind = names.kind[links.low] == names.kind[links.high]
    unit = _components(count, *links.only(usable & links.is_same & is_one_kind))
    is_broken = _breaks_limit(names, rules, component, unit)
    is_broken |= _binds_by_sharing(rules, component, bound)
    one, other = apart
    is_broken[component[one][component[one] == component[other]]] = True
    weighed = np.flatnonzero(usable & is_broken[component[links.low]])
    if not len(weighed):
        return component
    weighed = best_first(weighed, names, links, rules, evidence)
    forest = Forest(kind=names.kind, unit=unit, most=rules.most, is_unique=rules.is_unique)
    forest.keep_apart(one.tolist(), other.tolist())
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


def _breaks_limit(names: Names, rules: Rules, component: Array, unit: Array) -> Array:
    """Tell for each component whether it holds too many values of a type."""
    width = len(names.kinds)
    limited = np.flatnonzero(rules.most[names.kind] < UNLIMITED)
    owner = component[limited] * width + names.kind[limited]
    # merged values share a unit and count once
    held = distinct(owner * names.size + unit[limited]) // names.size
    begins = np.flatnonzero(np.r_[True, held[1:] != held[:-1]]) if len(held) else held
    owner, found = held[begins], np.diff(np.r_[begins, len(held)])
    is_broken = np.zeros(names.size, dtype=bool)
    is_broken[owner[found > rules.most[owner % width]] // width] = True
    return is_broken


def _binds_by_sharing(rules: Rules, component: Array, bound: Array) -> Array:
    """Tell for each component whether only shared identifiers hold it together."""
    own = np.flatnonzero(rules.is_unique)
    count = len(component)
    parts = distinct(component[own] * count + bound[own]) // count
    return np.asarray(np.bincount(parts, minlength=len(component)) > 1)


def _first_seen(names: Names, nodes: pa.Table, evidence: pa.Table) -> Array:
    first = np.full(names.size, LATEST)
    np.minimum.at(first, names.node, moments(nodes["first_seen_at"], LATEST))
    seen = moments(evidence["first_seen_at"], LATEST)
    np.minimum.at(first, names.left, seen)
    np.minimum.at(first, names.right, seen)
    return first


def _canonical(names: Names, person: Array, first_seen: Array, priority: Array) -> Array:
    """Return for each identifier the member of its person that was seen first.

    Later identifiers leave it alone, so that a visitor keeps the number when signing up.
    """
    person = pd.factorize(person)[0]
    candidates = np.arange(len(person))
    for worth in (first_seen, priority):
        least = np.full(len(person), LATEST)
        np.minimum.at(least, person[candidates], worth[candidates])
        candidates = candidates[worth[candidates] == least[person[candidates]]]
    tied = np.bincount(person[candidates])[person[candidates]] > 1
    equals = candidates[tied]
    text = np.zeros(len(person), dtype=np.int64)
    text[equals] = by_text(names, equals)
    # who is first by text is written last, and stays
    candidates = candidates[np.argsort(-text[candidates], kind="stable")]
    best = np.empty(len(person), dtype=np.int64)
    best[person[candidates]] = candidates
    return np.asarray(best[person])
