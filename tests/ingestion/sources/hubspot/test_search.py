"""HubSpot's search and its limits: 10,000 rows, bulk updates, rows that move, a late index."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingestion.errors import (
    IncompleteAnswerError,
)
from ingestion.sources.hubspot import search
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request
from tests.ingestion.sources.hubspot.crm import Crm, day, ids, incremental


def searched(vendor: Emulator, kind: str = "contacts") -> list[Request]:
    return vendor.asked(f"/crm/v3/objects/{kind}/search")


def test_a_change_that_the_index_showed_too_late_is_found_by_the_next_run(
    crm: Crm, reading: Reading
) -> None:
    crm.add("contacts", 1, day(14, hours=20))
    reading.rows("contacts")
    # changed before the newest change that was read, but shown after it
    crm.add("contacts", 2, day(14, hours=19))

    assert "2" in ids(incremental(reading))


@pytest.mark.parametrize("per_millisecond", [1, 3])
@pytest.mark.parametrize("is_out_of_order", [False, True], ids=["in order", "out of order"])
def test_more_rows_than_a_search_shows_are_all_read(
    crm: Crm,
    vendor: Emulator,
    reading: Reading,
    monkeypatch: pytest.MonkeyPatch,
    is_out_of_order: bool,
    per_millisecond: int,
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", 600)
    crm.most_rows = 600
    crm.is_out_of_order = is_out_of_order
    crm.add("contacts", 1, day(14))
    reading.rows("contacts")
    for number in range(2, 2002):
        crm.add("contacts", number, day(14, milliseconds=number // per_millisecond))

    rows = incremental(reading)

    assert {int(each) for each in ids(rows)} == set(range(1, 2002))
    assert len(searched(vendor)) < 30


def test_more_rows_of_one_millisecond_than_a_search_shows_are_read_by_their_ids(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", 400)
    crm.most_rows = 400
    crm.add("contacts", 1, day(13))
    reading.rows("contacts")
    for number in range(2, 1002):
        crm.add("contacts", number, day(14))
    crm.add("contacts", 5000, day(14, milliseconds=1))

    rows = incremental(reading)

    assert {int(each) for each in ids(rows)} == {*range(1, 1002), 5000}
    assert len(searched(vendor)) < 20


def test_a_row_that_moves_while_the_pages_are_read_pushes_no_other_out(
    crm: Crm, vendor: Emulator, reading: Reading
) -> None:
    crm.add("contacts", 1, day(13))
    reading.rows("contacts")
    for number in range(2, 502):
        crm.add("contacts", number, day(13, hours=1, seconds=number))
    # after the first page one of its rows changes: all others move up by one
    crm.touch_after = (200, "5")

    assert {int(each) for each in ids(incremental(reading))} == set(range(1, 502))


def test_a_search_never_asks_from_1970_on(crm: Crm, vendor: Emulator, reading: Reading) -> None:
    crm.add("contacts", 1, datetime(1970, 1, 1, 3, tzinfo=UTC))
    reading.settings.start_date = None
    reading.rows("contacts")
    incremental(reading)

    (request,) = searched(vendor)
    assert request.body["filterGroups"][0]["filters"][0]["value"] == "1000"


def test_a_search_that_ignores_what_is_asked_ends_the_run(
    crm: Crm, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", 200)
    record = crm.add("contacts", 1, day(14))
    reading.rows("contacts")
    before = len(vendor.requests)
    same = Reply({"total": 900, "results": [record], "paging": {"next": {"after": "200"}}})
    vendor.faults.update(dict.fromkeys(range(before + 2, before + 50), same))

    with pytest.raises(IncompleteAnswerError, match="again and again"):
        incremental(reading)
