"""What holds for every world: the map depends on what was seen, not on how it came in."""

from __future__ import annotations

import itertools
from typing import Any

import pyarrow as pa
from hypothesis import given, settings, strategies as st

from orchestration.insight.identity import resolve
from tests.orchestration.insight.graphs import (
    Node,
    blocked,
    canonical,
    evidence_table,
    link,
    node_table,
    persons,
    rules,
)

NODES = [
    *(f"user:u{i}" for i in range(4)),
    *(f"contact:k{i}" for i in range(3)),
    *(f"email:p{i}@firm.example" for i in range(4)),
    "email:info@firm.example",
    "email:test@test.com",
    *(f"device:d{i}" for i in range(4)),
    *(f"visitor:v{i}" for i in range(2)),
    "phone:+4915112345",
    "user@shop:1",
]
KINDS = ["login", "crm_field", "crm_merge", "form", "alias", "manual"]
LIMITS = {row["identifier_type"]: row["most_per_person"] for row in rules().to_pylist()}
UNIQUE = {row["identifier_type"]: row["is_unique"] for row in rules().to_pylist()}

days = st.none() | st.integers(0, 30)
links = st.builds(
    lambda left, right, day, longer, kind, source: link(
        left, right, day=day, until=None if day is None else day + longer, kind=kind, source=source
    ),
    st.sampled_from(NODES),
    st.sampled_from(NODES),
    days,
    st.integers(0, 9),
    st.sampled_from(KINDS),
    st.sampled_from(["mixpanel", "hubspot"]),
)
worlds = st.lists(links, max_size=24)


def resolved(evidence: pa.Table, *, reverse_nodes: bool = False) -> pa.Table:
    nodes = node_table(NODES[::-1] if reverse_nodes else NODES, shared=["email:info@firm.example"])
    return resolve.resolve(nodes, evidence, rules(), blocked(), degree_cap=6)


def rows(found: pa.Table) -> list[dict[str, Any]]:
    return sorted(found.to_pylist(), key=str)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), world=worlds)
def test_order_batches_and_repeats_leave_the_map_alone(
    data: st.DataObject, world: list[dict[str, Any]]
) -> None:
    shuffled = data.draw(st.permutations(world))
    repeated = shuffled + data.draw(st.lists(st.sampled_from(world), max_size=5)) if world else []
    cut = data.draw(st.integers(0, len(repeated)))
    batches = pa.concat_tables([evidence_table(repeated[:cut]), evidence_table(repeated[cut:])])

    assert rows(resolved(batches, reverse_nodes=True)) == rows(resolved(evidence_table(world)))


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_the_side_on_which_an_identifier_stands_does_not_matter(
    world: list[dict[str, Any]],
) -> None:
    turned = [
        row
        | {
            name: row[other]
            for name, other in itertools.chain(
                zip(resolve.LEFT, resolve.RIGHT, strict=True),
                zip(resolve.RIGHT, resolve.LEFT, strict=True),
            )
        }
        for row in world
    ]

    assert rows(resolved(evidence_table(turned))) == rows(resolved(evidence_table(world)))


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_every_identifier_has_one_person_and_the_canonical_one_is_a_member(
    world: list[dict[str, Any]],
) -> None:
    found = resolved(evidence_table(world))
    members = canonical(found)

    assert len(members) == found.num_rows == len(set(NODES))
    assert all(members[leader] == leader for leader in members.values())


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_no_person_has_more_of_a_type_than_the_rules_allow(world: list[dict[str, Any]]) -> None:
    same = _merged(world)
    joined = _joined_by_hand(world)
    for person in persons(resolved(evidence_table(world))):
        if any(pair <= person for pair in joined):
            # what somebody says by hand counts more than a rule
            continue
        for kind in {member[:2] for member in person}:
            held = {same.get(member, member) for member in person if member[:2] == kind}
            limit = LIMITS.get(kind[0])
            assert limit is None or len(held) <= limit


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_whoever_belongs_together_is_tied_by_evidence(world: list[dict[str, Any]]) -> None:
    edges = {
        frozenset((tuple(row[n] for n in resolve.LEFT), tuple(row[n] for n in resolve.RIGHT)))
        for row in world
    }
    for person in persons(resolved(evidence_table(world))):
        assert _is_connected(person, edges)


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_cutting_a_refused_link_changes_nothing(world: list[dict[str, Any]]) -> None:
    found = resolved(evidence_table(world))
    members = canonical(found)
    kept = [
        row
        for row in world
        if members[tuple(row[n] for n in resolve.LEFT)]
        == members[tuple(row[n] for n in resolve.RIGHT)]
    ]

    # a refused link still counts as a neighbour, so that only whole persons are compared
    if not any(found["refusal_reason"].to_pylist()):
        assert persons(resolved(evidence_table(kept))) == persons(found)


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_whoever_somebody_joins_by_hand_is_one_person(world: list[dict[str, Any]]) -> None:
    found = resolved(evidence_table(world))
    barred = {
        tuple(row[name] for name in resolve.NODE)
        for row in found.to_pylist()
        if row["refusal_reason"]
    }
    leader = canonical(found)
    for pair in _joined_by_hand(world):
        if not pair & barred:
            assert len({leader[member] for member in pair}) == 1


def _joined_by_hand(world: list[dict[str, Any]]) -> set[frozenset[Node]]:
    """Return the pairs of somebody's own identifiers that are joined by hand."""
    office = ("email", "global", "info@firm.example")
    pairs = {_ends(row) for row in world if row["kind"] == "manual"}
    return {
        pair
        for pair in pairs
        if office not in pair and all(UNIQUE.get(member[0], False) for member in pair)
    }


def _ends(row: dict[str, Any]) -> frozenset[Node]:
    sides = (resolve.LEFT, resolve.RIGHT)
    return frozenset((row[side[0]], row[side[1]], row[side[2]]) for side in sides)


def _merged(world: list[dict[str, Any]]) -> dict[Node, Node]:
    """Return one stand-in for identifiers of a type that a source itself calls the same."""
    groups: dict[Node, Node] = {}
    for row in world:
        one_type = len({member[:2] for member in _ends(row)}) == 1
        if row["kind"] in resolve.SAME_KINDS and one_type:
            left = tuple(row[n] for n in resolve.LEFT)
            right = tuple(row[n] for n in resolve.RIGHT)
            one, other = groups.setdefault(left, left), groups.setdefault(right, right)
            groups |= {member: one for member, group in groups.items() if group == other}
    return groups


def _is_connected(person: frozenset[Node], edges: set[frozenset[Node]]) -> bool:
    reached = {next(iter(person))}
    frontier = set(reached)
    while frontier:
        frontier = {
            member for edge in edges if edge & frontier and edge <= person for member in edge
        } - reached
        reached |= frontier
    return reached == person
