"""What holds a person together: chains, weakest links and bridges, against plain searches."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import networkx as nx
from hypothesis import given, settings, strategies as st

from orchestration.insight.identity import explain, resolve
from tests.orchestration.insight.graphs import (
    blocked,
    canonical,
    evidence_table,
    link,
    node,
    node_table,
    rules,
)
from tests.orchestration.insight.test_identity_properties import worlds

if TYPE_CHECKING:
    from tests.orchestration.insight.graphs import Node

Weighed = dict[frozenset["Node"], dict[str, Any]]


def weigh(links: list[dict[str, Any]]) -> tuple[Weighed, dict[Node, Node]]:
    evidence = evidence_table(links)
    clusters = resolve.resolve(node_table(), evidence, rules(), blocked(), degree_cap=50)
    found = explain.weigh(clusters, evidence, rules(), degree_cap=50)
    by_pair = {
        frozenset(
            (
                tuple(row[name] for name in resolve.LEFT),
                tuple(row[name] for name in resolve.RIGHT),
            )
        ): row
        for row in found.to_pylist()
    }
    return by_pair, canonical(clusters)


def pair(one: str, other: str) -> frozenset[Node]:
    return frozenset((node(one), node(other)))


def test_a_chain_goes_by_the_stronger_links() -> None:
    found, _ = weigh(
        [
            link("user:1", "email:a@firm.example", kind="profile"),
            link("contact:9", "email:a@firm.example", kind="crm_field"),
            link("contact:9", "phone:+49151", kind="crm_field"),
            link("user:1", "phone:+49151", kind="profile"),
        ]
    )

    # by the address or by the number: the contact's number is the weakest of the ring
    assert not found[pair("contact:9", "phone:+49151")]["is_backbone"]
    assert sum(row["is_backbone"] for row in found.values()) == 3
    assert not any(row["is_bridge"] for row in found.values())


def test_the_bridge_between_two_groups_is_found_with_what_it_would_split_off() -> None:
    def group(name: str) -> list[dict[str, Any]]:
        addresses = [f"email:{name}{i}@firm.example" for i in range(4)]
        return [link(a, b, kind="form") for a, b in itertools.combinations(addresses, 2)]

    found, _ = weigh(
        [*group("a"), *group("b"), link("email:a0@firm.example", "email:b0@firm.example")]
    )

    bridges = {key: row["split_size"] for key, row in found.items() if row["is_bridge"]}
    assert bridges == {pair("email:a0@firm.example", "email:b0@firm.example"): 4}


def test_a_chain_of_3000_identifiers_is_explained() -> None:
    found, _ = weigh(
        [link(f"email:{i}@firm.example", f"email:{i + 1}@firm.example") for i in range(2999)]
    )

    assert len(found) == 2999
    assert all(row["is_bridge"] and row["is_backbone"] for row in found.values())
    assert max(row["split_size"] for row in found.values()) == 1500


@settings(deadline=None, max_examples=100)
@given(world=worlds)
def test_bridges_and_chains_are_those_of_a_graph_library(world: list[dict[str, Any]]) -> None:
    found, leader = weigh(world)
    graph = nx.Graph()
    for edge, row in found.items():
        one, other = tuple(edge)
        assert leader[one] == leader[other]
        # ranks are within a person; components do not meet
        graph.add_edge(one, other, weight=row["strength_rank"])
    backbone = {edge for edge, row in found.items() if row["is_backbone"]}
    expected = {frozenset(edge) for edge in nx.minimum_spanning_edges(graph, data=False)}
    assert backbone == expected
    assert {edge for edge, row in found.items() if row["is_bridge"]} == {
        frozenset(edge) for edge in nx.bridges(graph)
    }
    for edge, row in found.items():
        if row["is_bridge"]:
            cut = graph.copy()
            cut.remove_edge(*edge)
            sizes = [len(nx.node_connected_component(cut, end)) for end in edge]
            assert row["split_size"] == min(sizes)
        else:
            assert row["split_size"] is None


@settings(deadline=None, max_examples=100)
@given(world=worlds, drawn=st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_changes_no_row(world: list[dict[str, Any]], drawn: Any) -> None:
    shuffled = [*world]
    drawn.shuffle(shuffled)

    def rows(links: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        evidence = evidence_table(links)
        clusters = resolve.resolve(node_table(), evidence, rules(), blocked(), degree_cap=50)
        found = explain.weigh(clusters, evidence, rules(), degree_cap=50)
        return sorted(tuple(row.values()) for row in found.to_pylist())

    assert rows(world) == rows(shuffled)
