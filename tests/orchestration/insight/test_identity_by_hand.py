"""What people decide by hand, and what a source's policy says of devices that people share."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from orchestration.insight.identity import resolve as identity
from tests.orchestration.insight.graphs import (
    blocked,
    evidence_table,
    link,
    node,
    node_table,
    pair_table,
    persons,
    resolve,
    rules,
    written,
)
from tests.orchestration.insight.test_identity_properties import NODES, rows, worlds

PAIRS = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(
    lambda pair: pair[0] != pair[1]
)


def test_a_cut_is_as_if_the_evidence_had_never_been() -> None:
    rest = [
        link("user:1", "email:a@firm.example", kind="profile"),
        link("contact:9", "phone:+49151", kind="crm_field"),
    ]
    wrong = link("contact:9", "email:a@firm.example", kind="crm_field")

    cut = resolve(*rest, wrong, cuts=[("email:a@firm.example", "contact:9")])

    assert persons(cut) == persons(resolve(*rest))
    assert persons(cut) != persons(resolve(*rest, wrong))


def test_a_cut_also_closes_the_way_around_at_its_weakest_link() -> None:
    found = resolve(
        link("user:1", "email:a@firm.example", kind="profile"),
        link("contact:9", "email:a@firm.example", kind="crm_field"),
        link("contact:9", "phone:+49151", kind="crm_field"),
        link("user:1", "phone:+49151", kind="profile"),
        cuts=[("user:1", "contact:9")],
    )

    # an address counts more than a number, and a user's own more than a contact's
    assert len(persons(found)) == 2
    assert not any({node("user:1"), node("contact:9")} <= person for person in persons(found))


def test_a_cut_identifier_does_not_count_as_a_neighbour_of_the_other() -> None:
    crowd = [link("email:mia@firm.example", f"visitor:v{i}", kind="chat_email") for i in range(51)]

    assert len(persons(resolve(*crowd))) == 52
    assert len(persons(resolve(*crowd, cuts=[("email:mia@firm.example", "visitor:v0")]))) == 2


def test_a_join_by_hand_makes_two_contacts_one_person() -> None:
    found = resolve(
        link("contact:1", "email:a@firm.example", kind="crm_field"),
        link("contact:2", "email:b@firm.example", kind="crm_field"),
        link("contact:1", "contact:2", day=None, kind="manual", source="manual"),
    )

    assert persons(found) == written(
        "contact:1 contact:2 email:a@firm.example email:b@firm.example"
    )


def test_a_cut_of_what_the_crm_merged_keeps_the_two_apart() -> None:
    found = resolve(
        link("contact:1", "email:a@firm.example", kind="crm_field"),
        link("contact:2", "contact:1", day=None, kind="crm_merge"),
        cuts=[("contact:1", "contact:2")],
    )

    assert persons(found) == written("contact:1 email:a@firm.example", "contact:2")


def test_a_cut_of_identifiers_that_nobody_knows_changes_nothing() -> None:
    told = link("user:1", "device:d")

    assert persons(resolve(told, cuts=[("user:1", "device:gone")])) == persons(resolve(told))


WHOLE = (
    link("user:1", "email:a@firm.example", kind="profile"),
    link("contact:1", "email:a@firm.example", kind="crm_field"),
    link("user:2", "email:b@firm.example", kind="profile"),
    link("contact:2", "email:b@firm.example", kind="crm_field"),
    link("contact:2", "phone:+4915112345", kind="crm_field"),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("email:a@firm.example", "email:b@firm.example"),
        ("user:1", "user:2"),
        ("contact:1", "contact:2"),
        ("user:1", "phone:+4915112345"),
    ],
)
def test_a_join_by_hand_makes_two_whole_persons_one(one: str, other: str) -> None:
    found = resolve(*WHOLE, link(one, other, kind="manual", day=None))

    assert persons(found) == written(
        "user:1 contact:1 email:a@firm.example user:2 contact:2 email:b@firm.example "
        "phone:+4915112345"
    )


def test_a_join_by_hand_makes_two_whole_accounts_one() -> None:
    found = resolve(
        link("company:1", "domain:one.example", kind="crm_field"),
        link("company:2", "domain:two.example", kind="crm_field"),
        link("domain:one.example", "domain:two.example", kind="manual", day=None),
        entity="account",
    )

    assert persons(found) == written("company:1 domain:one.example company:2 domain:two.example")


def test_a_cut_by_hand_counts_more_than_a_join_of_others() -> None:
    found = resolve(
        *WHOLE,
        link("email:a@firm.example", "email:b@firm.example", kind="manual", day=None),
        cuts=[("user:1", "contact:2")],
    )

    assert persons(found) == written(
        "user:1 contact:1 email:a@firm.example",
        "user:2 contact:2 email:b@firm.example phone:+4915112345",
    )


def test_a_shared_mailbox_joined_by_hand_changes_hands_and_joins_nobody() -> None:
    office = "email:info@firm.example"
    found = resolve(
        *WHOLE,
        link("contact:1", office, kind="crm_field"),
        link(office, "user:2", kind="manual", day=None),
        shared=[office],
    )

    assert persons(found) == written(
        "user:1 contact:1 email:a@firm.example",
        f"user:2 contact:2 email:b@firm.example phone:+4915112345 {office}",
    )


def test_two_users_who_took_over_the_same_device_are_not_one_for_it() -> None:
    found = resolve(
        link("user:1", "device:family", kind="alias", day=1),
        link("user:2", "device:family", kind="alias", day=2),
        link("user:1", "phone:+4915112345", kind="profile"),
        link("user:2", "phone:+4915112345", kind="profile"),
    )

    assert not any(
        {("user_id", "mixpanel", "1"), ("user_id", "mixpanel", "2")} <= person
        for person in persons(found)
    )


@pytest.mark.parametrize("policy", ["ignore", "session"])
@pytest.mark.parametrize("others", [0, 1])
def test_a_source_may_say_that_a_shared_device_is_nobodys(others: int, policy: str) -> None:
    links = [link(f"user:u{i}", "device:kiosk", day=i) for i in range(1 + others)]

    found = resolve(*links, policy=("device", policy))

    expected = (
        written("user:u0 device:kiosk")
        if not others
        else written("user:u0", "user:u1", "device:kiosk")
    )
    assert persons(found) == expected
    reasons = set(found["refusal_reason"].to_pylist())
    assert reasons == ({None, "shared_identifier"} if others else {None})


def test_a_device_of_one_person_with_two_addresses_is_not_shared() -> None:
    found = resolve(
        link("user:1", "device:d"),
        link("email:a@firm.example", "device:d", kind="form"),
        link("user:1", "email:a@firm.example", kind="profile"),
        policy=("device", "ignore"),
    )

    assert persons(found) == written("user:1 device:d email:a@firm.example")


@settings(deadline=None, max_examples=100)
@given(data=st.data(), world=worlds, cuts=st.lists(PAIRS, max_size=4))
def test_what_is_cut_is_apart_whatever_the_order(
    data: st.DataObject, world: list[dict[str, Any]], cuts: list[tuple[str, str]]
) -> None:
    def resolved(links: list[dict[str, Any]], pairs: list[tuple[str, str]]) -> Any:
        nodes = node_table(NODES, shared=["email:info@firm.example"])
        return identity.resolve(
            nodes, evidence_table(links), rules(), blocked(), cuts=pair_table(pairs), degree_cap=6
        )

    found = resolved(world, cuts)
    again = resolved(
        data.draw(st.permutations(world)), [(b, a) for a, b in data.draw(st.permutations(cuts))]
    )

    assert rows(found) == rows(again)
    for person in persons(found):
        assert not any({node(one), node(other)} <= person for one, other in cuts)


@settings(deadline=None, max_examples=100)
@given(world=worlds, pair=PAIRS)
def test_a_cut_equals_a_world_in_which_the_two_were_never_tied(
    world: list[dict[str, Any]], pair: tuple[str, str]
) -> None:
    ends = {node(pair[0]), node(pair[1])}
    without = [
        row
        for row in world
        if {tuple(row[n] for n in identity.LEFT), tuple(row[n] for n in identity.RIGHT)} != ends
    ]
    never = resolve(*without, nodes=NODES)
    if any(ends <= person for person in persons(never)):
        return  # a way around: only the cut closes that
    cut = resolve(*world, nodes=NODES, cuts=[pair])

    # when an identifier was first seen stays known, whatever it was seen with
    assert persons(cut) == persons(never)
    for name in ("link_count", "refusal_reason"):
        assert cut[name].to_pylist() == never[name].to_pylist()
