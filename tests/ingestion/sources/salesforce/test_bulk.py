"""Large listings by Bulk 2.0: jobs, parts, counts, and the same rows as by REST."""

from __future__ import annotations

import pytest

from ingestion.errors import IncompleteAnswerError, KetteError, ResumeLaterError
from ingestion.sources.salesforce import query
from tests.ingestion.sources.emulator import Emulator, Reading, Reply
from tests.ingestion.sources.salesforce.org import DATA, Org, day, error, numbers


@pytest.fixture
def many(org: Org, reading: Reading) -> Org:
    """Return an org with so many records that a full listing goes by Bulk."""
    reading.settings.bulk_from_rows = 3
    for number in range(1, 8):
        org.add(number, day(8 - number), Email='p "q"\nr@acme.example' if number == 1 else None)
    return org


def parts(vendor: Emulator) -> list[dict[str, str]]:
    return [r.params for r in vendor.requests if r.path.endswith("/results")]


def test_bulk_and_rest_give_the_same_rows(many: Org, reading: Reading) -> None:
    by_bulk = reading.rows("contacts")
    reading.settings.bulk_from_rows = 100
    reading.states.clear()
    by_rest = reading.rows("contacts")

    assert len(many.jobs) == 1
    assert sorted(by_bulk, key=str) == sorted(by_rest, key=str)
    first = next(row["payload"] for row in by_bulk if numbers([row]) == [1])
    assert first["Email"] == 'p "q"\nr@acme.example'
    assert (first["Amount"], first["Seats"], first["MasterRecordId"]) == (1200.0, 1, None)


def test_the_sforce_locator_leads_from_part_to_part_until_it_says_null(
    many: Org, vendor: Emulator, reading: Reading
) -> None:
    many.part_size = 3
    reader = reading.reader("contacts")

    assert sorted(numbers(reading.rows("contacts", reader))) == [1, 2, 3, 4, 5, 6, 7]
    assert [part.get("locator") for part in parts(vendor)] == [None, "3", "6"]
    assert not reader.chapter.is_partial
    # no order is asked for, which would make the job slow
    assert "ORDER BY" not in many.jobs[0]
    assert "MailingAddress" not in many.jobs[0]


def test_a_part_with_fewer_records_than_announced_is_asked_for_again(
    many: Org, vendor: Emulator, reading: Reading
) -> None:
    many.lost_records = 1
    assert len(reading.rows("contacts")) == 7
    assert len(parts(vendor)) == 2


def test_a_job_with_more_records_than_came_is_not_taken_for_complete(
    many: Org, vendor: Emulator, reading: Reading
) -> None:
    # sign-in, description, count, job
    vendor.faults[5] = Reply({"state": "JobComplete", "numberRecordsProcessed": 8})
    reader = reading.reader("contacts")
    with pytest.raises(IncompleteAnswerError, match="holds 8 records and 7 came"):
        reading.rows("contacts", reader)
    assert reader.chapters[-1].state == {}


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_a_job_that_fails_is_told_and_the_next_run_makes_another(
    many: Org, reading: Reading, state: str
) -> None:
    many.job_states = ["InProgress", state]
    reader = reading.reader("contacts")
    with pytest.raises(KetteError, match=f"the bulk job is {state}"):
        reading.rows("contacts", reader)
    reading.states["contacts"] = reader.chapters[-1].state

    many.job_states = ["JobComplete"]
    assert len(reading.rows("contacts")) == 7
    assert len(many.jobs) == 2


def test_a_job_that_takes_long_is_gone_on_with_by_the_next_run(
    many: Org, vendor: Emulator, reading: Reading
) -> None:
    many.job_states = ["InProgress"]
    reader = reading.reader("contacts")
    with pytest.raises(ResumeLaterError, match="still InProgress"):
        reading.rows("contacts", reader)
    assert len(vendor.requests) < 40
    reading.states["contacts"] = reader.chapters[-1].state

    many.job_states = ["JobComplete"]
    reader = reading.reader("contacts")
    assert len(reading.rows("contacts", reader)) == 7
    assert len(many.jobs) == 1
    assert reading.states["contacts"].keys() == {"changed_until", "listed_on"}


def test_a_run_that_breaks_off_goes_on_behind_the_last_committed_part(
    many: Org, vendor: Emulator, reading: Reading
) -> None:
    many.part_size = 3
    many.job_states = ["JobComplete"]
    # sign-in, description, count, job, state, two parts
    vendor.faults.update(dict.fromkeys(range(8, 14), Reply(b"", 503)))
    reader = reading.reader("contacts")
    with pytest.raises(KetteError, match="503"):
        reading.rows("contacts", reader)
    # the job, and the first part
    assert [chapter.state["job"]["count"] for chapter in reader.chapters] == [0, 3]
    reading.states["contacts"] = reader.chapters[-1].state

    vendor.faults.clear()
    reader = reading.reader("contacts", known=True)
    assert numbers(reading.rows("contacts", reader)) == [4, 5, 6, 7]
    assert reader.chapter.is_partial


def test_an_object_that_bulk_refuses_is_read_by_rest(
    many: Org, vendor: Emulator, reading: Reading
) -> None:
    vendor.faults[4] = error("INVALIDENTITY", 400, "not supported by Bulk API")
    reader = reading.reader("contacts")

    assert len(reading.rows("contacts", reader)) == 7
    assert "INVALIDENTITY" in next(iter(reader.chapter.notes))
    assert "job" not in reading.states["contacts"]


def test_an_object_with_more_fields_than_an_address_holds_goes_by_bulk(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    org.types |= {f"Field_{number:04}__c": "string" for number in range(900)}
    org.add(1, day(1))
    org.add(2, day(9))
    reading.rows("contacts")
    org.add(3, day(14))
    rows = reading.rows("contacts", reading.reader("contacts", known=True))

    assert numbers(rows) == [2, 3]
    assert len(org.jobs) == 2
    longest = max(len(request.params.get("q", "")) for request in vendor.requests)
    assert longest < query.LONGEST_QUERY
    assert vendor.asked(f"{DATA}/queryAll") == []
