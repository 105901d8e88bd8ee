"""HubSpot's associations: whole, covered, and never of the wrong objects."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ingestion.errors import (
    IncompleteAnswerError,
)
from ingestion.sources.hubspot import associations
from tests.ingestion.sources.emulator import Emulator, Reading, Reply
from tests.ingestion.sources.hubspot.crm import Crm, day


def read_all(reading: Reading, *, known: bool = False) -> tuple[list[dict[str, Any]], list[str]]:
    """Read objects and associations as a run does; return the associations and what they cover."""
    reading.shared.clear()
    for kind in ("contacts", "companies", "deals", "tickets"):
        reading.rows(kind, reading.reader(kind, known=known))
    reader = reading.reader("associations", known=known)
    return reading.rows("associations", reader), list(reader.chapter.covered)


def test_associations_are_read_to_their_last_page_and_cover_objects_that_have_none(
    crm: Crm, reading: Reading
) -> None:
    crm.add("deals", 1, day(1))
    crm.add("deals", 2, day(1))
    crm.links = {("deals", "1", "contacts"): [11, 12, 13, 14, 15], ("deals", "1", "companies"): [7]}

    rows, covered = read_all(reading)

    assert sorted((row["to_object_type"], str(row["to_object_id"])) for row in rows) == [
        ("companies", "7"),
        *(("contacts", str(number)) for number in range(11, 16)),
    ]
    assert {row["from_key"] for row in rows} == {"deals:1"}
    assert rows[0]["types"] == [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
    assert covered == ["deals:1", "deals:2"]


def test_only_touched_objects_are_asked_for_their_associations(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("tickets", 1, day(1))
    crm.add("tickets", 2, day(10))
    read_all(reading)
    crm.add("tickets", 3, day(14))

    _, covered = read_all(reading, known=True)

    assert covered == ["tickets:2", "tickets:3"]


def test_associations_that_a_failed_run_left_out_are_read_by_the_next_one(
    crm: Crm, reading: Reading
) -> None:
    crm.add("tickets", 1, day(1))
    crm.add("tickets", 2, day(14))
    # the objects were loaded, the associations were not
    reading.rows("tickets")
    crm.links = {("tickets", "1", "contacts"): [11]}

    rows, covered = read_all(reading, known=True)

    assert covered == ["tickets:1", "tickets:2"]
    assert [row["to_object_id"] for row in rows] == [11]


def test_objects_that_failed_leave_their_associations_for_the_next_run(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reader = reading.reader("associations")

    assert reading.rows("associations", reader) == []
    assert not reader.chapter.covered
    assert reader.state == {}


def test_an_answer_about_other_objects_covers_nothing(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")
    foreign = {"results": [{"from": {"id": "99"}, "to": [{"toObjectId": 1}]}]}
    before = len(vendor.requests)
    vendor.faults.update(dict.fromkeys(range(before + 1, before + 9), Reply(foreign)))
    reader = reading.reader("associations")

    with pytest.raises(IncompleteAnswerError, match="other objects"):
        reading.rows("associations", reader)

    assert not reader.chapter.covered
    assert len(vendor.requests) == before + associations.TRIES


def test_a_batch_that_failed_in_part_is_refused(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(1))
    reading.rows("contacts")
    body = {"results": [], "numErrors": 1, "errors": [{"category": "INTERNAL_ERROR"}]}
    vendor.faults[len(vendor.requests) + 1] = Reply(body, 207)

    with pytest.raises(IncompleteAnswerError, match="INTERNAL_ERROR"):
        reading.rows("associations", reading.reader("associations"))


def test_each_object_is_asked_once_although_the_look_back_reads_it_again(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 4):
        crm.add("contacts", number, day(14))
    read_all(reading)
    before = len(vendor.requests)

    read_all(reading, known=True)

    (request,) = (r for r in vendor.requests[before:] if "/v4/associations/contacts" in r.path)
    assert Counter(given["id"] for given in request.body["inputs"]) == {"1": 1, "2": 1, "3": 1}
