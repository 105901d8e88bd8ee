"""What tawk.to does differently from what one would expect; docs/sources/tawk.md lists it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import IncompleteAnswerError
from ingestion.http import rate_limits
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from tests.ingestion.sources.tawk.property import PROPERTY, TODAY, Property, ids, item

if TYPE_CHECKING:
    from ingestion.toolkit.source import Reader
    from tests.ingestion.sources.emulator import Emulator, Reading, Request

CHAT = "9b1c0e20-94e1-11ec-9798-b33a69d7199d"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made; none is really made, the clock moves instead."""
    made: list[float] = []
    monkeypatch.setattr("ingestion.http.client.sleep", made.append)
    monkeypatch.setattr(rate_limits, "clock", lambda: 1_000_000.0 + sum(made))
    return made


# ------------------------------------------------------------------------------------ the webhooks


def pushed(reading: Reading, *bodies: dict[str, Any]) -> tuple[list[dict[str, Any]], Reader]:
    """Return the rows that webhooks become, and the reader that read them."""
    arrived = datetime(2026, 6, 1, 12)  # noqa: DTZ001 - as the control store keeps it
    inbox.store(
        [
            Message("tawk", f"event-{number}", None, json.dumps(body).encode(), arrived)
            for number, body in enumerate(bodies)
        ]
    )
    reader = reading.reader("webhook_events")
    return reading.rows("webhook_events", reader), reader


START = {
    "event": "chat:start",
    "chatId": CHAT,
    "time": "2025-08-01T09:12:17.019Z",
    "message": {"text": "Hei!", "type": "msg", "sender": {"type": "visitor"}},
    "visitor": {"name": "V1754041937019", "city": "unknown", "country": "FI"},
}


def transcript(*texts: str, name: str = "chat:transcript_created") -> dict[str, Any]:
    """Return a transcript of what a visitor wrote."""
    messages = [{"sender": {"t": "v"}, "type": "msg", "msg": text} for text in texts]
    return {
        "event": name,
        "time": "2025-08-01T09:20:00.000Z",
        "chat": {"id": CHAT, "messages": messages},
    }


def test_a_start_names_the_chat_in_other_words_than_a_transcript(reading: Reading) -> None:
    rows, _ = pushed(reading, START, {**START, "event": "chat:end"}, transcript("Hei!"))

    assert [(row["event"], row["chat_id"]) for row in rows] == [
        ("chat:start", CHAT),
        ("chat:end", CHAT),
        ("chat:transcript_created", CHAT),
    ]


def test_times_are_utc_with_milliseconds(reading: Reading) -> None:
    rows, _ = pushed(reading, START)

    assert rows[0]["occurred_at"] == datetime(2025, 8, 1, 9, 12, 17, 19_000, tzinfo=UTC)


def test_a_resumed_chat_sends_a_longer_transcript_that_is_kept_beside_the_first(
    reading: Reading,
) -> None:
    rows, _ = pushed(reading, transcript("Hei!"), transcript("Hei!", "Are you there?"))

    assert {row["chat_id"] for row in rows} == {CHAT}
    assert [len(row["payload"]["chat"]["messages"]) for row in rows] == [1, 2]


def test_an_offline_form_comes_as_a_ticket_whose_small_number_is_no_id(reading: Reading) -> None:
    ticket = {"id": "02286ff0", "humanId": 3, "subject": "Offline message"}
    rows, reader = pushed(
        reading,
        {"event": "ticket:create", "ticket": ticket},
        {"event": "ticket:create", "ticket": {"humanId": 3}},
    )

    assert [(row["ticket_id"], row["chat_id"]) for row in rows] == [("02286ff0", None)]
    assert [reject.reason for reject in reader.chapter.rejects] == ["ticket id missing"]


def test_an_event_under_a_name_that_only_others_use_is_kept_aside(reading: Reading) -> None:
    # so an integration of another program calls it
    rows, reader = pushed(reading, transcript("Hei!", name="transcript:created"))

    assert rows == []
    assert [reject.reason for reject in reader.chapter.rejects] == ["unknown event type"]


# ------------------------------------------------------------------------------------ the listings


def test_everything_is_a_post_with_json_and_the_key_as_user_name_without_a_password(
    vendor: Emulator, reading: Reading
) -> None:
    reading.rows("chats")
    reading.rows("tickets")

    assert {request.path for request in vendor.requests} == {"/chat.list", "/ticket.list"}
    assert {request.method for request in vendor.requests} == {"POST"}
    assert {request.body["propertyId"] for request in vendor.requests} == {PROPERTY}
    # base64 of "tawk-rest-key:"
    assert vendor.requests[0].headers["Authorization"] == "Basic dGF3ay1yZXN0LWtleTo="


@pytest.mark.parametrize(
    "answer",
    [{"ok": False, "error": "no such property"}, {"error": "no such property"}, {"ok": False}],
    ids=["not ok with words", "words alone", "not ok"],
)
def test_an_error_with_status_200_is_no_empty_list(
    vendor: Emulator, reading: Reading, answer: dict[str, Any]
) -> None:
    vendor.answer = lambda _request: answer

    with pytest.raises(IncompleteAnswerError, match="error with status 200"):
        reading.rows("chats")
    assert reading.states["chats"] == {}


def test_the_first_page_is_number_0(account: Property, vendor: Emulator, reading: Reading) -> None:
    account.items["chat"] = [item(number, "2026-06-14") for number in range(60)]
    reading.rows("chats")

    asked = [
        request.body["page"]
        for request in vendor.asked("/chat.list")
        if request.body["dateType"] == "cso" and request.body["endDate"] >= "2026-06-14"
    ]
    assert asked == [0, 1, 2]


@pytest.mark.parametrize("cap", [7, 50, 200, 1000])
def test_a_listing_goes_on_whatever_the_cap_on_its_pages(
    account: Property, reading: Reading, cap: int
) -> None:
    account.page_size = cap
    account.items["ticket"] = [item(number, "2026-06-01") for number in range(600)]

    assert len(ids(reading.rows("tickets"), "ticket")) == 600


def test_no_more_than_three_requests_are_sent_in_a_second(
    reading: Reading, waits: list[float]
) -> None:
    client = reading.reader("chats").client
    for _ in range(7):
        client.post(
            "chat.list", {"dateType": "cso", "startDate": "", "endDate": "", "size": 1, "page": 0}
        )

    assert waits == [1, 1]


def test_a_chat_that_moves_while_it_is_listed_pushes_none_out(
    account: Property, vendor: Emulator, reading: Reading
) -> None:
    def move_the_first(request: Request) -> Any:
        if request.body.get("deleted"):
            return {"data": []}
        answer = account.answer(request)
        if request.body["dateType"] == "cuo" and answer["data"]:
            # all behind it move up by one, and one of them past the page that is asked for next
            account.items["chat"][0]["updatedOn"] = "2026-06-14T10:00:00.000Z"
        return answer

    days = [TODAY - timedelta(days=100 - number) for number in range(60)]
    account.items["chat"] = [item(number, day.isoformat()) for number, day in enumerate(days)]
    vendor.answer = move_the_first

    assert ids(reading.rows("chats")) == {f"id-{number}" for number in range(60)}


def test_a_resumed_chat_is_listed_by_its_change_under_the_same_id_with_more_messages(
    account: Property, reading: Reading
) -> None:
    account.items["chat"] = [item(1, "2024-08-01", messages=[{"msg": "Hei!"}])]
    reading.rows("chats")
    account.items["chat"] = [
        item(1, "2024-08-01", updated="2026-06-14", messages=[{"msg": "Hei!"}, {"msg": "Moi"}])
    ]
    rows = reading.rows("chats", reading.reader("chats", known=True))

    assert {(row["property_id"], row["chat_id"]) for row in rows} == {(PROPERTY, "id-1")}
    assert [message["msg"] for message in rows[0]["payload"]["messages"]] == ["Hei!", "Moi"]
    assert rows[0]["updated_at"] == datetime(2026, 6, 14, 10, tzinfo=UTC)


def test_a_deleted_chat_is_shown_on_demand_only_and_keeps_its_id(
    account: Property, reading: Reading
) -> None:
    account.items["chat"] = [item(1, "2026-06-01")]
    reading.rows("chats")
    account.items["chat"] = [item(1, "2026-06-01", updated="2026-06-14", deleted=True)]
    (row,) = reading.rows("chats", reading.reader("chats", known=True))

    assert (row["chat_id"], row["payload"]["deleted"]) == ("id-1", True)
