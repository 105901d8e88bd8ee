"""Who is who: the classic traps, each a small world whose persons anybody can tell."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.insight.identity import resolve as identity
from tests.orchestration.insight.graphs import (
    blocked,
    canonical,
    evidence_table,
    link,
    node,
    node_table,
    persons,
    resolve,
    rules,
    written,
)


def test_nobody_is_anybody_without_evidence() -> None:
    found = resolve(nodes=["user:1", "email:a@firm.example", "device:d"])

    assert persons(found) == written("user:1", "email:a@firm.example", "device:d")


def test_nothing_at_all_gives_an_empty_map() -> None:
    assert resolve().num_rows == 0


def test_a_chain_over_all_systems_is_one_person() -> None:
    found = resolve(
        link("user:1", "device:phone"),
        link("user:1", "email:mia@firm.example", kind="profile"),
        link("contact:12", "email:mia@firm.example", kind="crm_field", source="hubspot"),
        link("visitor:v9", "email:mia@firm.example", kind="chat_email", source="tawk"),
    )

    assert persons(found) == written(
        "user:1 device:phone email:mia@firm.example contact:12 visitor:v9"
    )


def test_a_shared_family_device_goes_to_its_last_login_and_binds_nobody() -> None:
    found = resolve(
        link("user:father", "device:tablet", day=1, until=40),
        link("user:father", "device:laptop", day=2, until=30),
        link("user:daughter", "device:tablet", day=10, until=41),
        link("user:daughter", "email:mia@home.example", day=10, kind="profile"),
    )

    assert persons(found) == written(
        "user:father device:laptop", "user:daughter device:tablet email:mia@home.example"
    )


def test_a_device_shared_by_people_without_user_ids_binds_nobody_either() -> None:
    found = resolve(
        link("email:a@firm.example", "device:kiosk", day=1, kind="form"),
        link("email:b@firm.example", "device:kiosk", day=2, kind="form"),
    )

    assert persons(found) == written("email:a@firm.example", "email:b@firm.example device:kiosk")


def test_two_devices_between_two_people_leave_them_apart() -> None:
    found = resolve(
        link("user:a", "device:one", day=1, until=9),
        link("user:b", "device:one", day=2, until=3),
        link("user:a", "device:two", day=1, until=4),
        link("user:b", "device:two", day=2, until=8),
    )

    assert persons(found) == written("user:a device:one", "user:b device:two")


def test_a_shared_office_mailbox_goes_to_who_used_it_last_and_binds_nobody() -> None:
    office = "email:info@firm.example"
    found = resolve(
        link("visitor:v1", office, day=5, until=6, kind="chat_email"),
        link("visitor:v2", office, day=2, until=9, kind="chat_email"),
        shared=[office],
    )

    assert persons(found) == written("visitor:v1", f"visitor:v2 {office}")


def test_a_shared_mailbox_that_the_crm_gives_to_a_contact_is_the_contacts() -> None:
    office = "email:info@firm.example"
    found = resolve(
        link("contact:1", office, day=1, kind="crm_field"),
        link("visitor:v2", office, day=9, kind="chat_email"),
        shared=[office],
    )

    assert persons(found) == written(f"contact:1 {office}", "visitor:v2")


def test_a_mailbox_of_two_users_that_nobody_listed_as_shared_leaves_them_apart() -> None:
    found = resolve(
        link("user:a", "email:both@firm.example", day=1, kind="profile"),
        link("user:b", "email:both@firm.example", day=2, kind="profile"),
    )

    assert persons(found) == written("user:a", "user:b email:both@firm.example")


def test_a_changed_email_stays_with_its_person() -> None:
    found = resolve(
        link("user:1", "email:old@firm.example", day=1, kind="form"),
        link("user:1", "email:new@firm.example", day=200, kind="profile"),
        link("contact:12", "email:old@firm.example", day=1, kind="crm_field"),
    )

    assert persons(found) == written(
        "user:1 email:old@firm.example email:new@firm.example contact:12"
    )


def test_a_reused_telephone_number_does_not_join_two_contacts() -> None:
    found = resolve(
        link("contact:1", "phone:+49151234", day=1, until=90, kind="crm_field"),
        link("contact:2", "phone:+49151234", day=300, kind="crm_field"),
    )

    assert persons(found) == written("contact:1", "contact:2 phone:+49151234")


def test_of_two_ways_to_two_users_the_address_counts_more_than_a_later_number() -> None:
    found = resolve(
        link("user:a", "phone:+49151234", day=9, kind="profile"),
        link("contact:1", "phone:+49151234", day=9, kind="crm_field"),
        link("user:b", "email:b@firm.example", day=1, kind="profile"),
        link("contact:1", "email:b@firm.example", day=1, kind="crm_field"),
    )

    assert persons(found) == written(
        "user:a phone:+49151234", "user:b email:b@firm.example contact:1"
    )


def test_of_equal_links_the_one_that_more_systems_attest_counts() -> None:
    told = {"day": 1, "kind": "form"}
    found = resolve(
        link("user:a", "email:both@firm.example", **told),
        link("user:b", "email:both@firm.example", **told),
        link("user:b", "email:both@firm.example", day=1, kind="profile", source="hubspot"),
    )

    assert persons(found) == written("user:a", "user:b email:both@firm.example")


def test_two_crm_contacts_are_two_people_until_the_crm_merges_them() -> None:
    told = [
        link("contact:1", "email:a@firm.example", kind="crm_field"),
        link("contact:2", "email:b@firm.example", kind="crm_field"),
        link("contact:1", "user:7", day=1, kind="crm_field"),
        link("contact:2", "user:7", day=2, kind="crm_field"),
    ]
    merged = link("contact:1", "contact:2", day=None, kind="crm_merge", source="hubspot")

    assert persons(resolve(*told)) == written(
        "contact:1 email:a@firm.example", "contact:2 email:b@firm.example user:7"
    )
    assert persons(resolve(*told, merged)) == written(
        "contact:1 contact:2 email:a@firm.example email:b@firm.example user:7"
    )


def test_a_crm_merge_does_not_make_one_person_of_two_users() -> None:
    found = resolve(
        link("contact:1", "user:a", day=1, kind="crm_field"),
        link("contact:2", "user:b", day=2, kind="crm_field"),
        link("contact:1", "contact:2", day=None, kind="crm_merge"),
    )

    assert persons(found) == written("user:a", "user:b contact:1 contact:2")


def test_user_17_of_two_systems_is_two_people() -> None:
    found = resolve(
        link("user:17", "device:d1"),
        link("user@shop:17", "email:b@firm.example", kind="form"),
    )

    assert persons(found) == written("user:17 device:d1", "user@shop:17 email:b@firm.example")


def test_user_ids_of_two_systems_meet_in_one_person() -> None:
    found = resolve(
        link("user:17", "email:b@firm.example", kind="profile"),
        link("user@shop:900", "email:b@firm.example", kind="form"),
    )

    assert persons(found) == written("user:17 user@shop:900 email:b@firm.example")


def test_what_happens_on_a_device_after_logout_stays_with_its_last_user() -> None:
    # after the logout the device sends events without a user: no evidence, and no new person
    found = resolve(link("user:1", "device:d", day=1, until=3), nodes=["device:d"])

    assert persons(found) == written("user:1 device:d")


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "NULL",
        "undefined",
        "n/a",
        "None",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "anonymous",
        "-1",
        "<nil>",
    ],
)
def test_a_word_for_nothing_identifies_nobody(value: str) -> None:
    found = resolve(
        link("user:1", f"device:{value}"),
        link("user:2", f"device:{value}"),
        link(f"user:{value}", "device:d2"),
    )

    assert persons(found) == written(
        "user:1", "user:2", f"device:{value}", f"user:{value}", "device:d2"
    )
    barred = {
        one: reason
        for one, reason in zip(
            found["identifier_value"].to_pylist(), found["refusal_reason"].to_pylist(), strict=True
        )
        if reason
    }
    assert barred == {value: "blocked_value"}


@pytest.mark.parametrize(
    "address", ["test@test.com", "none@none.com", "noreply@firm.example", "asdf@asdf.de"]
)
def test_a_made_up_address_joins_nobody(address: str) -> None:
    found = resolve(
        link("user:1", f"email:{address}", kind="profile"),
        link("contact:2", f"email:{address}", kind="crm_field"),
    )

    assert persons(found) == written("user:1", "contact:2", f"email:{address}")


@pytest.mark.parametrize("address", ["anna@test.com", "nora.nunes@none.com", "tester@firm.example"])
def test_an_address_that_only_looks_made_up_counts(address: str) -> None:
    found = resolve(link("user:1", f"email:{address}", kind="profile"))

    assert persons(found) == written(f"user:1 email:{address}")


def test_a_blocked_value_of_one_type_may_be_good_for_another() -> None:
    # an e-mail pattern says nothing about user ids
    found = resolve(link("user:test@test.com", "device:d"))

    assert persons(found) == written("user:test@test.com device:d")


def test_a_chain_of_3000_identifiers_is_one_person() -> None:
    chain = [link(f"email:{i}@x.example", f"email:{i + 1}@x.example", day=i) for i in range(2999)]

    assert len(persons(resolve(*chain))) == 1


def test_an_identifier_with_100000_neighbours_links_none_of_them() -> None:
    crowd = 100_000
    hub = link("email:wifi@hotel.example", "visitor:v0", kind="chat_email")
    rows = evidence_table([hub])
    many = rows.take(pa.array([0] * crowd)).set_column(
        rows.column_names.index("right_value"),
        "right_value",
        pa.array([f"v{i}" for i in range(crowd)]),
    )
    found = identity.resolve(node_table(), many, rules(), blocked())

    assert len(persons(found)) == crowd + 1
    hub_row = found.filter(pa.compute.equal(found["identifier_type"], "email")).to_pylist()[0]
    assert (hub_row["link_count"], hub_row["refusal_reason"]) == (crowd, "over_degree_cap")


@pytest.mark.parametrize(("neighbours", "is_joined"), [(50, True), (51, False)])
def test_the_cap_is_the_last_number_of_neighbours_that_still_counts(
    neighbours: int, *, is_joined: bool
) -> None:
    links = [
        link("email:a@firm.example", f"visitor:v{i}", kind="chat_email") for i in range(neighbours)
    ]

    assert (len(persons(resolve(*links))) == 1) == is_joined


def test_a_user_may_have_more_devices_than_a_mailbox_may_have_users() -> None:
    links = [link("user:1", f"device:d{i}") for i in range(300)]

    assert len(persons(resolve(*links))) == 1


def test_the_person_keeps_the_identifier_seen_first_as_its_name() -> None:
    visit = link("user:1", "device:d", day=5)
    found = resolve(
        {**visit, "first_seen_at": None},
        link("device:d", "device:d", day=1),
        link("contact:3", "user:1", day=9, kind="crm_field"),
    )

    assert set(canonical(found).values()) == {node("device:d")}


def test_of_identifiers_seen_at_once_the_better_type_names_the_person() -> None:
    found = resolve(link("device:d", "user:u", day=5))

    assert set(canonical(found).values()) == {node("user:u")}


def test_the_billing_contact_is_not_the_user() -> None:
    # the invoice goes to the accountant's address: an account's evidence, no person's
    billing = link(
        "billing:acc_1", "domain:firm.example", kind="billing_email", source="chartmogul"
    )
    account = resolve(billing, entity="account")
    person = resolve(
        link("user:1", "email:mia@firm.example", kind="profile"),
        nodes=["email:accountant@firm.example"],
    )

    assert persons(account) == written("billing:acc_1 domain:firm.example")
    assert persons(person) == written(
        "user:1 email:mia@firm.example", "email:accountant@firm.example"
    )


def test_one_company_may_have_two_billing_accounts() -> None:
    found = resolve(
        link("company:7", "billing:acc_1", kind="billing_external_id"),
        link("billing:acc_2", "company:7", kind="billing_external_id"),
        link("company:7", "domain:firm.example", kind="crm_field"),
        entity="account",
    )

    assert persons(found) == written("company:7 billing:acc_1 billing:acc_2 domain:firm.example")


def test_a_domain_of_two_crm_companies_goes_to_the_one_written_last() -> None:
    found = resolve(
        link("company:7", "domain:group.example", day=1, kind="crm_field"),
        link("company:8", "domain:group.example", day=2, kind="crm_field"),
        link("billing:acc_1", "company:7", day=None, kind="billing_external_id"),
        link("billing:acc_1", "domain:group.example", day=None, kind="billing_email"),
        entity="account",
    )

    assert persons(found) == written("company:7 billing:acc_1", "company:8 domain:group.example")
