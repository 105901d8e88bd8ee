"""HubSpot's protocol: pages, faults, limits, scopes, long lists of properties."""

from __future__ import annotations

import pytest

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    MissingRightError,
    ResumeLaterError,
)
from ingestion.sources.hubspot import api
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request
from tests.ingestion.sources.hubspot.crm import TOKEN, Crm, day, ids, incremental


def test_a_page_that_is_delivered_twice_costs_nothing(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.page_size = 2
    for number in range(1, 6):
        crm.add("contacts", number, day(1))
    first = crm.answer(
        Request("GET", "/crm/v3/objects/contacts", {"properties": "email"}, {}, None)
    )
    # the first request is for the properties, the third for the second page
    vendor.faults[3] = Reply(first)

    assert set(ids(reading.rows("contacts"))) == {"1", "2", "3", "4", "5"}


@pytest.mark.parametrize("way", ["listing", "search"])
def test_a_cursor_that_never_moves_ends_the_run(
    crm: Crm, vendor: Emulator, reading: Reading, way: str
) -> None:
    record = crm.add("contacts", 1, day(14))
    if way == "search":
        reading.rows("contacts")
    before = len(vendor.requests)
    stuck = Reply({"total": 9, "results": [record], "paging": {"next": {"after": "200"}}})
    vendor.faults.update(dict.fromkeys(range(before + 2, before + 50), stuck))

    with pytest.raises(IncompleteAnswerError, match="hubspot contacts: the pages repeat"):
        incremental(reading)

    assert len(vendor.requests) == before + 4


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"status": "error", "policyName": "TEN_SECONDLY_ROLLING"}, 429),
        Reply({"status": "error", "policyName": "SECONDLY"}, 429, {"Retry-After": "1"}),
        Reply(b"Bad gateway", 502),
        Reply(b"Timeout", 524),
        Reply({"results": []}, reset=True),
        Reply({"status": "error", "message": "internal error"}),
    ],
    ids=["429 burst", "429 with wait", "502", "524", "reset", "error with status 200"],
)
@pytest.mark.parametrize("way", ["listing", "search"])
def test_a_passing_fault_costs_no_record(
    crm: Crm, vendor: Emulator, reading: Reading, fault: Reply, way: str
) -> None:
    for number in range(1, 4):
        crm.add("contacts", number, day(14))
    if way == "search":
        reading.rows("contacts")
    vendor.faults[len(vendor.requests) + 2] = fault

    assert ids(incremental(reading)) == ["1", "2", "3"]


def test_the_daily_limit_ends_the_run_at_once(vendor: Emulator, reading: Reading) -> None:
    message = "You have reached your daily limit."
    vendor.faults[1] = Reply({"status": "error", "message": message, "policyName": "DAILY"}, 429)

    with pytest.raises(ResumeLaterError, match="per day"):
        reading.rows("contacts")

    assert len(vendor.requests) == 1


def test_a_missing_scope_is_named(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply(
        {"status": "error", "category": "MISSING_SCOPES", "message": "no"}, 403
    )

    with pytest.raises(MissingRightError, match=r"hubspot deals: .*crm\.objects\.deals\.read"):
        reading.rows("deals")


def test_a_refused_token_is_named_but_not_shown(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"status": "error", "message": f"bad token {TOKEN}"}, 401)

    with pytest.raises(CredentialsError, match="SOURCES__HUBSPOT__") as refused:
        reading.rows("contacts")

    assert TOKEN not in str(refused.value)
    assert not isinstance(refused.value, MissingRightError)


def test_long_lists_of_properties_are_asked_for_in_parts_and_joined(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LONGEST_PROPERTY_LIST", 200)
    crm.names = [f"property_{number:02}" for number in range(30)]
    crm.page_size = 2
    for number in range(1, 4):
        values = {name: f"{name} of {number}" for name in crm.names}
        crm.add("contacts", number, day(1), properties=values)

    rows = reading.rows("contacts")

    assert ids(rows) == ["1", "2", "3"]
    for row in rows:
        assert {name: row["properties"][name] for name in crm.names} == {
            name: f"{name} of {row['id']}" for name in crm.names
        }
    sizes = [len(r.params["properties"]) for r in vendor.asked("/crm/v3/objects/contacts")]
    assert max(sizes) <= 200


def test_a_page_whose_parts_show_different_versions_is_asked_for_again() -> None:
    old = {"id": "1", "updatedAt": "a", "properties": {"x": "1"}}
    new = {"id": "1", "updatedAt": "b", "properties": {"y": "2"}}

    assert api.join_parts([[old], [new]]) is None
    assert api.join_parts([[old], []]) is None
    assert api.join_parts([[old], [{**new, "updatedAt": "a"}]]) == [
        {"id": "1", "updatedAt": "a", "properties": {"x": "1", "y": "2"}}
    ]


def test_names_are_cut_into_lists_that_fit_once_they_are_encoded() -> None:
    # each name takes 3 characters for its comma and 9 for "ä_b" (two bytes of %XX and two letters)
    assert api.property_chunks(["ä_b", "ä_b", "ä_b"], 24) == ["ä_b,ä_b", "ä_b"]
    assert api.property_chunks(["too_long_for_any"], 5) == ["too_long_for_any"]
