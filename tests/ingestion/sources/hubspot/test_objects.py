"""HubSpot's objects: full listings, what changed since, archived ones, odd records."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request
from tests.ingestion.sources.hubspot.crm import TOKEN, Crm, day, ids, incremental, milliseconds


def searched(vendor: Emulator, kind: str = "contacts") -> list[Request]:
    return vendor.asked(f"/crm/v3/objects/{kind}/search")


def test_the_first_load_lists_all_pages_with_all_properties(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.page_size = 2
    for number in range(1, 6):
        crm.add("contacts", number, day(1))

    reader = reading.reader("contacts")
    rows = reading.rows("contacts", reader)

    assert ids(rows) == ["1", "2", "3", "4", "5"]
    assert rows[0]["properties"]["email"] == "p1@acme.example"
    assert rows[0]["updated_at"] == day(1)
    assert rows[0]["archived"] is False
    assert not reader.chapter.is_partial
    asked = vendor.asked("/crm/v3/objects/contacts")
    assert asked[0].params["properties"] == (
        "createdate,email,firstname,hs_merged_object_ids,hs_object_id,lastmodifieddate"
    )
    assert searched(vendor) == []
    assert vendor.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_archived_records_are_listed_in_every_run(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")
    crm.objects["contacts"][0] |= {"archived": True, "archivedAt": "2026-06-10T08:00:00.000Z"}

    rows = incremental(reading)

    assert [(row["id"], row["archived"]) for row in rows] == [("1", True)]
    # of an old live version in the same load the archived one is the newer
    assert rows[0]["updated_at"] == day(10, hours=8)


def test_an_answer_with_live_records_is_not_taken_for_the_archived_ones(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    live = crm.add("contacts", 1, day(1))
    crm.add("contacts", 2, day(2), archived=True, archivedAt="2026-06-03T00:00:00.000Z")
    # properties, live records, and what should be the archived ones
    vendor.faults[3] = Reply({"results": [live]})

    assert [(row["id"], row["archived"]) for row in reading.rows("contacts")] == [
        ("1", False),
        ("2", True),
    ]


def test_later_runs_search_what_changed_since_a_day_before_the_newest_change(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    crm.add("contacts", 2, day(9, hours=11))
    crm.add("contacts", 3, day(10, hours=12))
    reading.rows("contacts")
    crm.add("contacts", 4, day(14))

    reader = reading.reader("contacts", known=True)
    rows = reading.rows("contacts", reader)

    assert ids(rows) == ["3", "4"]
    assert reader.chapter.is_partial
    (request,) = searched(vendor)
    (condition,) = request.body["filterGroups"][0]["filters"]
    assert condition == {
        "propertyName": "lastmodifieddate",
        "operator": "GTE",
        "value": str(milliseconds(day(9, hours=12))),
    }
    assert request.body["limit"] == 200


def test_companies_deals_and_tickets_have_another_modified_property(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    for kind in ("companies", "deals", "tickets"):
        crm.add(kind, 1, day(1))
        reading.rows(kind)
        incremental(reading, kind)

        (request,) = searched(vendor, kind)
        assert request.body["sorts"] == [
            {"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}
        ]


def test_a_date_in_the_future_does_not_stop_later_rows(crm: Crm, reading: Reading) -> None:
    crm.add("contacts", 1, datetime(2999, 1, 1, tzinfo=UTC))
    reading.rows("contacts")
    crm.add("contacts", 2, day(14, hours=23))

    assert ids(incremental(reading)) == ["2", "1"]


def test_a_full_listing_is_read_by_the_first_run_of_a_day_and_with_a_from_date(
    crm: Crm, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")

    def is_listing(today: str, **dates: date) -> bool:
        monkeypatch.setenv("KETTE_TODAY", today)
        reader = reading.reader("contacts", known=True, **dates)
        reading.rows("contacts", reader)
        return not reader.chapter.is_partial

    assert not is_listing("2026-06-15")
    assert is_listing("2026-06-16")
    assert not is_listing("2026-06-16")
    assert is_listing("2026-06-16", from_date=date(2026, 6, 1))


def test_a_cut_run_forgets_nothing(crm: Crm, vendor: Emulator, reading: Reading) -> None:
    for number in range(1, 4):
        crm.add("contacts", number, day(14))
    vendor.faults.update(dict.fromkeys(range(3, 30), Reply(b"", 500)))
    reader = reading.reader("contacts")

    with pytest.raises(Exception, match="500"):
        reading.rows("contacts", reader)

    assert reader.state == {}


def test_records_from_before_the_start_date_are_left_out_and_that_is_noted(
    crm: Crm, reading: Reading
) -> None:
    crm.add("contacts", 1, datetime(2019, 12, 31, 23, tzinfo=UTC))
    crm.add("contacts", 2, datetime(2020, 1, 1, tzinfo=UTC))
    reader = reading.reader("contacts")

    assert ids(reading.rows("contacts", reader)) == ["2"]
    assert "2020-01-01" in next(iter(reader.chapter.notes))


def test_records_that_are_no_objects_are_quarantined(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    good = crm.add("contacts", 1, day(1))
    vendor.faults[2] = Reply({"results": ["nonsense", {"id": "2", "properties": None}, good]})
    reader = reading.reader("contacts")

    assert ids(reading.rows("contacts", reader)) == ["1"]
    assert len(reader.chapter.rejects) == 2


def test_owners_who_have_left_are_read_too(reading: Reading) -> None:
    rows = reading.rows("owners")

    assert [(row["id"], row["archived"]) for row in rows] == [("8", False), ("9", True)]
