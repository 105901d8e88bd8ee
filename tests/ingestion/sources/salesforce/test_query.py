"""What changed in Salesforce, by REST: pages, cursor and lag, locators that end, forms of records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.sources.salesforce import query, streams
from ingestion.sources.salesforce.records import from_json, to_18
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, serve
from tests.ingestion.sources.salesforce.org import (
    DATA,
    Org,
    day,
    error,
    later,
    numbers,
    record_id,
)


def asked(vendor: Emulator) -> list[str]:
    """Return the queries for records, in order."""
    found = (request.params["q"] for request in vendor.asked(f"{DATA}/queryAll"))
    return [text for text in found if "COUNT()" not in text]


def test_the_first_load_reads_all_pages_with_all_fields(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    reader = reading.reader("contacts")
    rows = reading.rows("contacts", reader)

    assert numbers(rows) == [1, 2, 3, 4, 5]
    assert rows[0]["system_modstamp"] == day(1)
    assert rows[0]["is_deleted"] is False
    assert rows[0]["payload"]["Email"] == "p1@acme.example"
    assert not reader.chapter.is_partial
    fields = asked(vendor)[0].split(" ")[1]
    # compound fields repeat their parts
    assert fields == "Id,IsDeleted,CreatedDate,SystemModstamp,MasterRecordId,Email,Amount,Seats"
    assert len([r for r in vendor.requests if r.path.startswith(f"{DATA}/query/")]) == 2


def test_later_runs_read_what_changed_since_ten_minutes_before_the_cursor(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    org.add(1, day(9))
    org.add(2, day(10, hours=12))
    reading.rows("contacts")
    # a long transaction has committed a record with an earlier time than what was read before
    org.add(3, day(10, hours=11, minutes=51))
    org.add(4, day(10, hours=11, minutes=49))
    reader = reading.reader("contacts", known=True)

    assert numbers(reading.rows("contacts", reader)) == [3, 2]
    assert reader.chapter.is_partial
    assert (
        " WHERE SystemModstamp >= 2026-06-10T11:50:00.000Z ORDER BY SystemModstamp ASC"
        in (asked(vendor)[-1])
    )


def test_a_date_in_the_future_does_not_stop_later_rows(org: Org, reading: Reading) -> None:
    org.add(1, datetime(2999, 1, 1, tzinfo=UTC))
    reading.rows("contacts")
    org.add(2, day(14, hours=23, minutes=55))

    assert numbers(later(reading)) == [2, 1]


def test_deleted_records_and_merged_ones_come_with_their_marks(org: Org, reading: Reading) -> None:
    org.add(1, day(1))
    org.add(2, day(1))
    reading.rows("contacts")
    org.add(2, day(14), IsDeleted=True, MasterRecordId=record_id(1))

    (row,) = (r for r in later(reading) if numbers([r]) == [2])
    assert row["is_deleted"] is True
    assert row["payload"]["MasterRecordId"] == record_id(1)


def test_an_invalid_query_locator_begins_again_where_the_listing_stands(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 8):
        org.add(number, day(number))
    # sign-in, description, count, two pages, and the third
    vendor.faults[6] = error("INVALID_QUERY_LOCATOR", 400)
    reader = reading.reader("contacts")
    rows = reading.rows("contacts", reader)

    assert sorted(set(numbers(rows))) == [1, 2, 3, 4, 5, 6, 7]
    assert f"SystemModstamp >= {day(4):%Y-%m-%d}T00:00:00.000Z" in asked(vendor)[-1]
    assert "begun again" in next(iter(reader.chapter.notes))


def test_locators_that_end_again_and_again_end_the_run(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(1))
    ended = error("INVALID_QUERY_LOCATOR", 400)
    vendor.faults.update(dict.fromkeys(range(5, 40, 2), ended))

    with pytest.raises(IncompleteAnswerError, match=r"salesforce Contact: .*again and again"):
        reading.rows("contacts")
    assert len(vendor.requests) < 12


def test_a_query_timeout_is_met_by_shorter_spans(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    org.page_size = 100
    for number in range(1, 13):
        org.add(number, day(number))
    reading.rows("contacts", reading.reader("contacts", from_date=date(2026, 6, 1)))
    before = len(vendor.requests)
    # sign-in, description, then the query and its half
    slow = error("QUERY_TIMEOUT", 400, "Your query request was running for too long.")
    vendor.faults.update({before + 3: slow, before + 4: slow})
    rows = reading.rows("contacts", reading.reader("contacts", from_date=date(2026, 6, 1)))

    assert numbers(rows) == list(range(1, 13))
    spans = [text.partition("WHERE ")[2].partition(" ORDER")[0] for text in asked(vendor)[-6:]]
    # 14 days, 7, 3.5, and then on in steps of 3.5 days to the present
    assert spans[0] == "SystemModstamp >= 2026-06-01T00:00:00.000Z"
    assert spans[1].endswith("SystemModstamp < 2026-06-08T00:00:00.000Z")
    assert spans[2].endswith("SystemModstamp < 2026-06-04T12:00:00.000Z")
    assert spans[-1].startswith("SystemModstamp >= 2026-06-11T12:00:00.000Z")
    assert "<" not in spans[-1]


def test_a_query_that_is_too_slow_for_any_span_ends_the_run(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    org.add(1, day(1))
    slow = error("QUERY_TIMEOUT", 400)
    vendor.faults.update(dict.fromkeys(range(4, 200), slow))
    with pytest.raises(KetteError, match="QUERY_TIMEOUT"):
        reading.rows("contacts")
    assert len(vendor.requests) < 50


def test_a_full_listing_is_read_once_a_week_for_formula_fields_and_purged_records(
    org: Org, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.types["Days_Open__c"] = "double"
    org.add(1, day(1), Days_Open__c=14.0)
    org.add(2, day(1, hours=1), Days_Open__c=14.0)
    reading.rows("contacts")

    # the formula moves, SystemModstamp does not; the first record is purged
    org.records["Contact"][1]["Days_Open__c"] = 21.0
    del org.records["Contact"][0]
    monkeypatch.setenv("KETTE_TODAY", "2026-06-21")
    reader = reading.reader("contacts", known=True)
    reading.rows("contacts", reader)
    assert reader.chapter.is_partial

    monkeypatch.setenv("KETTE_TODAY", "2026-06-22")
    reader = reading.reader("contacts", known=True)
    (row,) = reading.rows("contacts", reader)
    assert not reader.chapter.is_partial
    assert row["payload"]["Days_Open__c"] == 21.0


def test_a_from_date_reads_what_changed_since_then(org: Org, reading: Reading) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    reading.rows("contacts")
    reader = reading.reader("contacts", known=True, from_date=date(2026, 6, 3))

    assert numbers(reading.rows("contacts", reader)) == [3, 4, 5]
    assert reader.chapter.is_partial


def test_records_from_before_the_start_date_are_left_out(org: Org, reading: Reading) -> None:
    org.add(1, datetime(2019, 12, 31, 23, tzinfo=UTC))
    org.add(2, datetime(2020, 1, 1, tzinfo=UTC))
    assert numbers(reading.rows("contacts")) == [2]


def test_a_first_load_is_committed_on_the_way_and_gone_on_with(
    org: Org, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PAGES_PER_PACKAGE", 2)
    for number in range(1, 10):
        org.add(number, day(number))
    # five pages: the last one does not come
    vendor.faults.update(dict.fromkeys(range(8, 14), Reply(b"", 500)))
    reader = reading.reader("contacts")
    with pytest.raises(KetteError, match="500"):
        reading.rows("contacts", reader)
    # what the last committed package remembers
    reading.states["contacts"] = reader.chapters[-1].state

    vendor.faults.clear()
    reader = reading.reader("contacts", known=True)
    assert numbers(reading.rows("contacts", reader)) == [4, 5, 6, 7, 8, 9]
    # it has not seen everything itself
    assert reader.chapter.is_partial


def test_a_page_that_is_delivered_twice_costs_nothing(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    again = Reply(
        {
            "totalSize": 5,
            "done": False,
            "records": [{"Id": record_id(1), "SystemModstamp": "2026-06-01T00:00:00.000+0000"}],
            "nextRecordsUrl": f"{DATA}/query/01g0-2",
        }
    )
    vendor.faults[5] = again
    assert set(numbers(reading.rows("contacts"))) == {1, 2, 3, 4, 5}


def test_a_cursor_that_never_moves_ends_the_run(vendor: Emulator, reading: Reading) -> None:
    stuck = Reply({"done": False, "records": [], "nextRecordsUrl": f"{DATA}/query/01g0-2"})
    vendor.faults.update(dict.fromkeys(range(4, 50), stuck))
    with pytest.raises(IncompleteAnswerError, match="the pages repeat"):
        reading.rows("contacts")
    assert len(vendor.requests) == 6


def test_the_next_page_is_asked_of_the_orgs_own_host(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))

    def respond(request: Request) -> Any:
        reply = org.answer(request)
        body = reply.body if isinstance(reply, Reply) else reply
        if isinstance(body, dict) and "nextRecordsUrl" in body:
            body["nextRecordsUrl"] = f"{elsewhere.url}{body['nextRecordsUrl']}"
        return reply

    vendor.answer = respond
    with serve(lambda _request: {"records": [], "done": True}) as elsewhere:
        assert numbers(reading.rows("contacts")) == [1, 2, 3, 4, 5]
        assert elsewhere.requests == []


def test_records_that_are_no_objects_are_quarantined(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    vendor.faults[4] = Reply({"totalSize": 1, "done": True, "records": ["nonsense"]})
    reader = reading.reader("contacts")
    assert reading.rows("contacts", reader) == []
    assert len(reader.chapter.rejects) == 1


@pytest.mark.parametrize(
    ("short", "long"),
    [
        # by the published rule: a bit for each capital letter, the first letter of a group lowest
        ("001D000000IqhSL", "001D000000IqhSLIAZ"),
        ("000000000000000", "000000000000000AAA"),
        ("00000A000000aB0", "00000A000000aB0ABI"),
        ("001D000000IqhSLIAZ", "001D000000IqhSLIAZ"),
        ("no id", "no id"),
    ],
)
def test_ids_of_15_characters_become_ids_of_18(short: str, long: str) -> None:
    assert to_18(short) == long
    assert from_json({"AccountId": short}, {"AccountId": "reference"}) == {"AccountId": long}


def test_empty_values_are_null_and_moments_have_one_form() -> None:
    types = {"A": "string", "B": "datetime", "C": "currency", "D": "int"}
    record = {"attributes": {}, "A": "", "B": "2026-06-01T00:00:00.000+0000", "C": 5, "D": 7}
    assert from_json(record, types) == {
        "A": None,
        "B": "2026-06-01T00:00:00.000Z",
        "C": 5.0,
        "D": 7,
    }


def test_moments_are_written_without_quotes_in_milliseconds() -> None:
    assert query.moment(day(1, seconds=1.2345)) == "2026-06-01T00:00:01.234Z"
