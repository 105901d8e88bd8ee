"""Values that are nobody's betray themselves by their neighbours, before anybody lists them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given, settings, strategies as st

from orchestration.insight.identity import junk, resolve
from tests.orchestration.insight.graphs import (
    blocked,
    evidence_table,
    link,
    node_table,
    rules,
)

days = st.none() | st.integers(0, 30)
# any text: of every alphabet, empty, long, and of every kind
identifiers = st.builds(
    "{}:{}".format,
    st.sampled_from(["user", "contact", "email", "device", "device@ga4", "phone"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from("ab"),
)


def suspects(links: list[dict[str, Any]], known: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    evidence = evidence_table(links)
    # with an empty list only statistics can tell
    nothing = pa.table(
        {name: pa.array([], pa.string()) for name in ("identifier_type", "match", "value")}
    )
    clusters = resolve.resolve(node_table(), evidence, rules(), nothing)
    found = junk.suspect(clusters, evidence, node_table(known))
    return {row["identifier_value"]: row for row in found.to_pylist()}


def ordinary(count: int = 200) -> list[dict[str, Any]]:
    """Return people with one address, one or two devices and one user id each."""
    return [
        row
        for i in range(count)
        for row in (
            link(f"user:u{i}", f"email:p{i}@firm.example", kind="profile"),
            link(f"user:u{i}", f"device:d{i}"),
            *([link(f"user:u{i}", f"device:e{i}")] if i % 2 else []),
        )
    ]


def test_people_as_they_are_raise_no_suspicion() -> None:
    assert suspects(ordinary()) == {}


def test_an_address_that_six_users_typed_to_get_past_a_form_is_found() -> None:
    dummy = [link(f"user:u{i}", "email:nope@nope.example", kind="form") for i in range(6)]

    found = suspects([*ordinary(), *dummy])

    assert list(found) == ["nope@nope.example"]
    row = found["nope@nope.example"]
    assert (row["link_count"], row["person_count"]) == (6, 6)
    assert row["usual_person_count"] < 1.1
    assert row["expected_count"] < 0.01


def test_a_user_id_that_a_script_wrote_everywhere_is_found_by_its_neighbours() -> None:
    # it is one person's by rule, so that only the number of its neighbours betrays it
    broken = [link("user:fallback", f"device:d{i}") for i in range(20)]

    assert "fallback" in suspects([*ordinary(), *broken])


def test_a_couple_on_one_tablet_raises_no_suspicion() -> None:
    assert suspects([*ordinary(), link("user:u0", "device:d1")]) == {}


def test_an_office_mailbox_that_is_known_to_be_shared_is_not_proposed() -> None:
    office = [link(f"user:u{i}", "email:info@firm.example", kind="form") for i in range(9)]

    assert "info@firm.example" in suspects([*ordinary(), *office])
    assert suspects([*ordinary(), *office], known=("email:info@firm.example",)) == {}


def test_no_evidence_gives_no_suspects() -> None:
    assert suspects([]) == {}


def test_a_kind_of_which_nothing_is_linked_raises_no_suspicion() -> None:
    # cookies of a site on which nobody logs in, beside a CRM
    evidence = evidence_table(
        [
            link("contact:1", "email:mia@firm.example", kind="crm_field"),
            link("device@ga4:1", "device@ga4:1"),
        ]
    )
    clusters = resolve.resolve(node_table(["device@ga4:2"]), evidence, rules(), blocked())

    assert junk.suspect(clusters, evidence, node_table()).num_rows == 0


@settings(deadline=None, max_examples=100)
@given(
    world=st.lists(
        st.builds(
            lambda left, right, day: link(left, right, day=day), identifiers, identifiers, days
        ),
        max_size=30,
    ),
    alone=st.lists(identifiers, max_size=5),
    known=st.lists(identifiers, max_size=3),
)
def test_whatever_is_linked_each_count_is_one_of_the_evidence(
    world: list[dict[str, Any]], alone: list[str], known: list[str]
) -> None:
    evidence = evidence_table(world)
    clusters = resolve.resolve(node_table(alone), evidence, rules(), blocked())

    for row in junk.suspect(clusters, evidence, node_table(known)).to_pylist():
        value = row["identifier_value"]
        named = [item for item in world if value in (item["left_value"], item["right_value"])]
        assert 0 < row["link_count"] <= len(named)
        assert 0 <= row["expected_count"] < junk.BY_CHANCE
