"""Listings by REST that give fewer records than Salesforce says there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import IncompleteAnswerError
from ingestion.loading.run import run
from ingestion.sources import salesforce
from ingestion.sources.salesforce import streams
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, gone, only, stored
from tests.ingestion.sources.salesforce.org import (
    CLIENT_ID,
    DATA,
    REFRESH,
    SECRET,
    Org,
    day,
    later,
    numbers,
    record_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def listings(vendor: Emulator) -> int:
    """Return how often records were asked for from the first page on."""
    asked = (request.params["q"] for request in vendor.asked(f"{DATA}/queryAll"))
    return sum("COUNT()" not in text for text in asked)


def altered(org: Org, change: Callable[[dict[str, Any]], None]) -> Callable[[Request], Any]:
    """Return an org whose pages of records are changed on the way."""

    def respond(request: Request) -> Any:
        reply = org.answer(request)
        body = reply.body if isinstance(reply, Reply) else reply
        if isinstance(body, dict) and body.get("records"):
            change(body)
        return reply

    return respond


def without(number: int) -> Callable[[dict[str, Any]], None]:
    """Return a change that leaves a record out without a word."""

    def change(body: dict[str, Any]) -> None:
        body["records"] = [each for each in body["records"] if each["Id"] != record_id(number)]

    return change


def test_a_listing_that_is_short_is_asked_for_again_and_the_whole_one_holds(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    first = {"Id": record_id(1), "SystemModstamp": "2026-06-01T00:00:00.000+0000"}
    vendor.faults[4] = Reply({"totalSize": 5, "done": True, "records": [first]})
    reader = reading.reader("contacts")

    assert sorted(set(numbers(reading.rows("contacts", reader)))) == [1, 2, 3, 4, 5]
    assert (listings(vendor), reader.chapter.is_partial) == (2, False)


def test_a_page_that_comes_twice_does_not_stand_in_for_one_that_is_missing(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 5):
        org.add(number, day(number))
    org.page_size = 10

    def twice(body: dict[str, Any]) -> None:
        body["records"] = [*body["records"][:2], *body["records"][:2]]

    vendor.answer = altered(org, twice)
    with pytest.raises(IncompleteAnswerError, match="4 records are announced and 2 came"):
        reading.rows("contacts")


def test_records_that_are_purged_while_they_are_listed_are_no_loss(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    # announced by the first listing, gone from its last page, and unknown to the second
    purged = without(5)

    def purge(body: dict[str, Any]) -> None:
        if body["done"]:
            purged(body)
            org.records["Contact"] = org.records["Contact"][:4]

    vendor.answer = altered(org, purge)
    reader = reading.reader("contacts")
    assert set(numbers(reading.rows("contacts", reader))) == {1, 2, 3, 4}
    assert (listings(vendor), reader.chapter.is_partial) == (2, False)


def test_a_total_that_is_taken_back_on_the_last_page_is_believed(
    org: Org, vendor: Emulator, reading: Reading
) -> None:
    for number in range(1, 6):
        org.add(number, day(number))
    purged = without(5)

    def take_back(body: dict[str, Any]) -> None:
        if body["done"]:
            purged(body)
            body["totalSize"] = 4

    vendor.answer = altered(org, take_back)
    assert numbers(reading.rows("contacts")) == [1, 2, 3, 4]
    assert listings(vendor) == 1


def test_what_is_missing_is_looked_for_again_though_later_records_were_committed(
    org: Org, vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PAGES_PER_PACKAGE", 2)
    for number in range(1, 11):
        org.add(number, day(number))
    vendor.answer = altered(org, without(2))
    reader = reading.reader("contacts")
    with pytest.raises(IncompleteAnswerError, match="10 records are announced and 9 came"):
        reading.rows("contacts", reader)
    # what the last committed package remembers
    reading.states["contacts"] = reader.chapters[-1].state

    vendor.answer = org.answer
    assert set(numbers(later(reading))) == set(range(1, 11))


def test_of_a_short_listing_nothing_counts_as_gone(
    org: Org, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"BASE_URL": vendor.url, "CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": SECRET,
             "REFRESH_TOKEN": REFRESH}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__SALESFORCE__{name}", value)
    for number in range(1, 101):
        org.add(number, day(2, minutes=number))
    org.page_size = 200
    contacts = only(salesforce.LOAD, "contacts")
    run(contacts)

    def cut(body: dict[str, Any]) -> None:
        body["records"] = body["records"][:85]

    # a week later the full listing is due
    monkeypatch.setenv("KETTE_TODAY", "2026-06-25")
    vendor.answer = altered(org, cut)
    with pytest.raises(IncompleteAnswerError, match="100 records are announced and 85 came"):
        run(contacts)
    assert gone("salesforce", "contacts", "id") == set()

    # it is due until it was whole
    vendor.answer = org.answer
    del org.records["Contact"][0]
    run(contacts)
    assert gone("salesforce", "contacts", "id") == {record_id(1)}
    assert stored("select count(*) from raw_salesforce.contacts") == [(100,)]
