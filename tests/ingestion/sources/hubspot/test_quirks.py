"""What HubSpot does differently from what one would expect; docs/sources/hubspot.md lists it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.errors import KetteError, ResumeLaterError
from ingestion.http import rate_limits
from ingestion.sources.hubspot import api
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request
from tests.ingestion.sources.hubspot.crm import Crm, day, ids, incremental


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made; none is really made, the clock moves instead."""
    made: list[float] = []
    monkeypatch.setattr("ingestion.http.client.sleep", made.append)
    monkeypatch.setattr(rate_limits, "clock", lambda: 1_000_000.0 + sum(made))
    return made


# --------------------------------------------------------------------------------------- listings


def test_a_listing_ends_where_paging_is_absent_and_not_at_a_short_page(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    # a hundred are asked for, and one comes
    crm.page_size = 1
    for number in range(1, 4):
        crm.add("contacts", number, day(1))

    assert ids(reading.rows("contacts")) == ["1", "2", "3"]
    live = [
        request.params.get("after")
        for request in vendor.asked("/crm/v3/objects/contacts")
        if request.params["archived"] == "false"
    ]
    assert live == [None, "2", "3"]


def test_every_value_is_text_and_arrives_as_it_was_sent(crm: Crm, reading: Reading) -> None:
    sent = {"amount": "1200.50", "is_vip": "true", "closedate": "1735787045678", "email": ""}
    crm.names = list(sent)
    crm.add("contacts", 1, day(1), properties=sent)

    (row,) = reading.rows("contacts")
    assert {name: row["properties"][name] for name in sent} == sent


def test_an_id_is_text_however_large_its_number(crm: Crm, reading: Reading) -> None:
    # the first whole number that a floating-point reader would round
    crm.add("contacts", 9_007_199_254_740_993, day(1))

    assert ids(reading.rows("contacts")) == ["9007199254740993"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("contacts", "lastmodifieddate"),
        ("companies", "hs_lastmodifieddate"),
        ("deals", "hs_lastmodifieddate"),
        ("tickets", "hs_lastmodifieddate"),
    ],
)
@pytest.mark.parametrize("written", ["2025-01-02T03:04:05.678Z", "1735787045678"])
def test_a_modified_date_has_a_name_of_its_own_for_contacts_and_is_iso_or_milliseconds(
    kind: str, name: str, written: str
) -> None:
    record = {"properties": {name: written}}

    assert api.modified_at(record, kind) == datetime(2025, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_no_address_is_longer_than_hubspot_takes(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    def refuse_long(request: Request) -> Any:
        # a comma takes three characters in an address
        if len(request.params.get("properties", "").replace(",", "%2C")) > 32_000:
            return Reply(b"URI too long", 414)
        return crm.answer(request)

    crm.names = [f"property_of_the_account_{number:04}" for number in range(2500)]
    crm.add("contacts", 1, day(1), properties={crm.names[0]: "first", crm.names[-1]: "last"})
    vendor.answer = refuse_long

    (row,) = reading.rows("contacts")
    assert (row["properties"][crm.names[0]], row["properties"][crm.names[-1]]) == ("first", "last")


def test_a_calculated_property_changes_without_a_trace_and_is_read_the_next_day(
    crm: Crm, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.names.append("score")
    record = crm.add("contacts", 1, day(1), properties={"score": "1"})
    crm.add("contacts", 2, day(14))
    reading.rows("contacts")
    record["properties"]["score"] = "2"

    assert ids(incremental(reading)) == ["2"]
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    assert incremental(reading)[0]["properties"]["score"] == "2"


# ----------------------------------------------------------------------------------------- searches


def test_rows_outside_the_window_neither_end_a_search_nor_lead_it_back(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.sources.hubspot.search.MOST_ROWS", 400)
    crm.most_rows = 400
    old = crm.add("contacts", 1, day(2))
    crm.add("contacts", 2, day(14))
    reading.rows("contacts")
    for number in range(3, 903):
        crm.add("contacts", number, day(14, seconds=number))

    def with_an_old_row(request: Request) -> Any:
        answer = crm.answer(request)
        if request.path.endswith("/search"):
            answer["results"].append(old)
        return answer

    vendor.answer = with_an_old_row

    assert {int(each) for each in ids(incremental(reading))} == set(range(1, 903))
    assert len(vendor.asked("/crm/v3/objects/contacts/search")) < 12


def test_searches_of_all_objects_share_four_requests_a_second(
    vendor: Emulator, reading: Reading, waits: list[float]
) -> None:
    client = reading.reader("contacts").client
    body = {"filterGroups": [{"filters": []}], "sorts": [{"propertyName": "hs_object_id"}]}
    for kind in ("contacts", "companies", "deals", "tickets", "contacts"):
        client.post(f"/crm/v3/objects/{kind}/search", {**body, "properties": [], "limit": 200})

    assert waits == [1]


def test_a_hundred_requests_are_sent_in_ten_seconds(
    vendor: Emulator, reading: Reading, waits: list[float]
) -> None:
    client = reading.reader("owners").client
    for _ in range(101):
        client.get("/crm/v3/owners/", {"archived": "false"})

    assert waits == [10]


# ------------------------------------------------------------------------------------ associations


def linked(reading: Reading) -> list[dict[str, Any]]:
    """Return the associations of all contacts."""
    reading.rows("contacts")
    return reading.rows("associations")


def test_an_object_without_associations_is_an_error_in_a_207_and_no_failure(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    crm.add("contacts", 2, day(1))
    crm.links = {("contacts", "2", "companies"): [7]}

    assert [(row["from_key"], row["to_object_id"]) for row in linked(reading)] == [
        ("contacts:2", 7)
    ]
    assert len(vendor.asked("/crm/v4/associations/contacts/companies/batch/read")) == 1


def test_a_link_with_several_labels_is_one_row(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    types = [
        {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
        {"category": "USER_DEFINED", "typeId": 36, "label": "Decision maker"},
    ]

    def labelled(request: Request) -> Any:
        answer = crm.answer(request)
        if "/v4/" in request.path:
            answer["results"][0]["to"] = [{"toObjectId": 7, "associationTypes": types}]
        return answer

    crm.add("contacts", 1, day(1))
    crm.links = {("contacts", "1", "companies"): [7]}
    vendor.answer = labelled

    assert [(row["to_object_id"], row["types"]) for row in linked(reading)] == [(7, types)]


# ---------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize("policy", ["SECONDLY", "TEN_SECONDLY_ROLLING"])
def test_a_limit_of_seconds_is_waited_for_and_only_that_of_the_day_ends_a_run(
    crm: Crm, vendor: Emulator, reading: Reading, waits: list[float], policy: str
) -> None:
    def refusal(name: str) -> Reply:
        return Reply({"status": "error", "errorType": "RATE_LIMIT", "policyName": name}, 429)

    crm.add("contacts", 1, day(1))
    vendor.faults[2] = refusal(policy)
    assert ids(reading.rows("contacts")) == ["1"]
    assert len(waits) == 1

    vendor.faults[len(vendor.requests) + 1] = refusal("DAILY")
    with pytest.raises(ResumeLaterError, match="per day"):
        incremental(reading)
    assert len(waits) == 1


@pytest.mark.parametrize("status", [502, 504, 521, 522, 523, 524, 525])
def test_a_failure_of_the_gateway_passes(
    crm: Crm, vendor: Emulator, reading: Reading, status: int
) -> None:
    crm.add("contacts", 1, day(1))
    vendor.faults[2] = Reply(b"<html>error</html>", status)

    assert ids(reading.rows("contacts")) == ["1"]


def test_an_account_that_is_being_moved_is_waited_for_as_long_as_477_says(
    crm: Crm, vendor: Emulator, reading: Reading, waits: list[float]
) -> None:
    crm.add("contacts", 1, day(1))
    vendor.faults[1] = Reply({"status": "error"}, 477, {"Retry-After": "20"})
    assert ids(reading.rows("contacts")) == ["1"]
    assert waits == [20]

    # a day is longer than a run may wait
    vendor.faults[len(vendor.requests) + 1] = Reply({}, 477, {"Retry-After": "86400"})
    with pytest.raises(ResumeLaterError, match="1440 minutes"):
        incremental(reading)


def test_a_missing_scope_costs_its_own_object_alone(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    def without_deals(request: Request) -> Any:
        if request.path.endswith("/deals"):
            return Reply({"status": "error", "category": "MISSING_SCOPES"}, 403)
        return crm.answer(request)

    crm.add("contacts", 1, day(1))
    vendor.answer = without_deals

    with pytest.raises(KetteError, match=r"crm\.objects\.deals\.read"):
        reading.rows("deals")
    assert ids(reading.rows("contacts")) == ["1"]
