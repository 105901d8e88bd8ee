"""tawk.to: an inbox that is drained exactly once, and listings that repeat themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError
from ingestion.loading.run import source_status
from ingestion.sources import tawk
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, serve
from tests.ingestion.sources.tawk.property import KEY, PROPERTY, SECRET, TODAY, Property, ids, item


def moment(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ------------------------------------------------------------------------------------ the listings


@pytest.mark.parametrize("paging", ["pages", "clamped", "repeating"])
@pytest.mark.parametrize("count", [0, 3, 50, 170], ids=lambda count: f"{count} chats")
def test_every_chat_is_read_however_the_listing_repeats_itself(
    account: Property, reading: Reading, paging: str, count: int
) -> None:
    account.paging = paging
    days = [TODAY - timedelta(days=1 + 4 * number) for number in range(count)]
    account.items["chat"] = [item(n, day.isoformat()) for n, day in enumerate(days)]

    assert ids(reading.rows("chats")) == {f"id-{number}" for number in range(count)}


def test_a_page_delivered_twice_does_not_end_the_listing(
    account: Property, vendor: Emulator, reading: Reading
) -> None:
    def repeat_the_first(request: Request) -> Any:
        page = max(request.body["page"] - 1, 0)
        return account.answer(replace(request, body={**request.body, "page": page}))

    account.items["ticket"] = [item(number, "2026-06-01") for number in range(170)]
    vendor.answer = repeat_the_first

    assert len(ids(reading.rows("tickets"), "ticket")) == 170


def test_items_are_asked_for_by_creation_by_change_and_deleted_ones_too(
    account: Property, vendor: Emulator, reading: Reading
) -> None:
    account.items["chat"] = [
        item(1, "2026-06-01"),
        item(2, "2020-01-01", updated="2026-06-01"),
        item(3, "2026-06-01", deleted=True),
    ]
    rows = reading.rows("chats")

    assert ids(rows) == {"id-1", "id-2", "id-3"}
    by_id = {row["chat_id"]: row for row in rows}
    assert by_id["id-3"]["payload"]["deleted"] is True
    assert (by_id["id-2"]["created_at"], by_id["id-2"]["updated_at"]) == (
        moment("2020-01-01 10:00"),
        moment("2026-06-01 10:00"),
    )
    asked = vendor.asked("/chat.list")
    assert {request.body["propertyId"] for request in asked} == {PROPERTY}
    # base64 of "tawk-rest-key:"
    assert asked[0].headers["Authorization"] == "Basic dGF3ay1yZXN0LWtleTo="


def span(vendor: Emulator) -> tuple[str, str]:
    """Return from when to when chats were asked for."""
    asked = [request.body for request in vendor.asked("/chat.list")]
    return min(each["startDate"] for each in asked), max(each["endDate"] for each in asked)


def test_the_first_load_reads_24_months_and_later_ones_14_days(
    vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.rows("chats")
    assert span(vendor) == ("2024-06-01T00:00:00Z", "2026-06-15T00:00:00Z")

    vendor.requests.clear()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-17")
    reading.rows("chats", reading.reader("chats", known=True))
    # fourteen days before the point that the last load had reached
    assert span(vendor) == ("2026-06-01T00:00:00Z", "2026-06-17T00:00:00Z")


def test_a_span_can_be_read_again_without_moving_the_cursor(
    vendor: Emulator, reading: Reading
) -> None:
    reading.rows("chats")
    before = dict(reading.states["chats"])
    vendor.requests.clear()
    dates = {"from_date": date(2023, 1, 1), "to_date": date(2023, 1, 31)}
    reading.rows("chats", reading.reader("chats", known=True, **dates))

    assert span(vendor) == ("2023-01-01T00:00:00Z", "2023-02-01T00:00:00Z")
    assert reading.states["chats"] == before


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"ok": False, "error": "too many requests"}, 429, {"Retry-After": "2"}),
        Reply({"ok": False, "error": "too many requests"}, 429),
        Reply({"ok": False, "error": "internal"}),
        Reply(b"oops", 502),
        Reply({"ok": True, "data": []}, reset=True),
        Reply(b"<html>Maintenance</html>"),
    ],
    ids=["429 with wait", "429", "error with 200", "502", "reset", "web page"],
)
def test_a_passing_fault_costs_no_item(
    account: Property, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    account.items["chat"] = [item(number, "2026-06-01") for number in range(60)]
    vendor.faults.update(dict.fromkeys(range(1, 60, 2), fault))

    assert len(ids(reading.rows("chats"))) == 60


def test_an_answer_without_data_is_no_empty_answer(vendor: Emulator, reading: Reading) -> None:
    vendor.answer = lambda _request: {"ok": True}

    with pytest.raises(IncompleteAnswerError, match="tawk chats"):
        reading.rows("chats")


def test_a_refused_key_is_named_but_not_shown(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"ok": False, "error": f"bad key {KEY}"}, 401)

    with pytest.raises(CredentialsError, match="SOURCES__TAWK__") as refused:
        reading.rows("chats")
    assert KEY not in str(refused.value)


def test_an_item_that_is_none_is_kept_aside(account: Property, reading: Reading) -> None:
    account.items["chat"] = [item(1, "2026-06-01")]
    reader = reading.reader("chats")
    account.answer = lambda request: {  # type: ignore[method-assign]  # one odd answer
        "data": ["no object", *account.items["chat"]] if request.body["page"] == 0 else []
    }
    with serve(account.answer) as odd:
        reader.client.base_url = f"{odd.url}/"
        assert ids(reading.rows("chats", reader)) == {"id-1"}
    assert {reject.reason for reject in reader.chapter.rejects} == {"no object"}


# --------------------------------------------------------------------------------- which half is on


@pytest.mark.parametrize(
    ("given", "state", "names"),
    [
        ({}, "off", "SOURCES__TAWK__API_KEY"),
        ({"API_KEY": KEY, "PROPERTY_ID": PROPERTY}, "on", ""),
        ({"WEBHOOK_SECRET": SECRET}, "on", ""),
        ({"API_KEY": KEY, "PROPERTY_ID": PROPERTY, "WEBHOOK_SECRET": SECRET}, "on", ""),
        ({"API_KEY": KEY}, "broken", "SOURCES__TAWK__PROPERTY_ID"),
        ({"API_KEY": KEY, "WEBHOOK_SECRET": SECRET}, "broken", "SOURCES__TAWK__PROPERTY_ID"),
    ],
    ids=["nothing", "listing", "webhook", "both", "no property", "webhook, no property"],
)
def test_the_source_is_on_with_either_half(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], state: str, names: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__TAWK__{name}", value)
    status = source_status(tawk.LOAD)
    assert status.state == state
    assert names in status.reason
