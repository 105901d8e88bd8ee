"""The sandbox speaks tawk.to's REST API as integrators met it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, TAWK, Clock, at_ms, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx


def chat(number: int, **more: object) -> dict[str, Any]:
    return {
        "chat_id": f"chat-{number:02d}",
        "person_id": f"person-{number}",
        "created_ms": at_ms("2025-02-01") + number * 60_000,
        "updated_ms": at_ms("2025-02-01") + number * 60_000,
        "is_deleted": False,
        "visitor_name": f"V17540419370{number:02d}",
        "visitor_city": "unknown",
        "visitor_country": "DE",
        "domain": "nordlicht.example",
        "tags_json": "[]",
    } | more


COMPANY = {
    "tawk/agents": [{"agent_id": "5f01", "name": "Mika", "is_bot": False}],
    "tawk/chats": [
        *(chat(number) for number in range(10)),
        chat(
            20,
            updated_ms=at_ms("2025-03-01"),
            visitor_email="liisa@kunde.example",
            page_url="https://nordlicht.example/pricing",
            page_title="Preise",
            tags_json='["billing"]',
        ),
        chat(30, is_deleted=True),
    ],
    "tawk/messages": [
        {"chat_id": "chat-20", "sequence": 1, "time_ms": at_ms("2025-02-01 10:00:01"),
         "sender": "a", "agent_id": "5f01", "agent_name": "Mika", "text": "Moin"},
        {"chat_id": "chat-20", "sequence": 0, "time_ms": at_ms("2025-02-01 10:00:00"),
         "sender": "v", "text": "Name : Liisa\r\nEmail : liisa@kunde.example"},
        {"chat_id": "chat-20", "sequence": 2, "time_ms": at_ms("2025-02-01 10:00:02.019"),
         "sender": "v", "attachment_json": '[{"type":"file"}]'},
    ],
    "tawk/tickets": [
        {"ticket_id": f"t-{status}", "human_id": number, "created_ms": at_ms("2025-02-03"),
         "updated_ms": at_ms("2025-02-04"), "status": status, "is_deleted": False,
         "subject": "Offline message", "message": "Hallo", "requester_name": "Liisa",
         "requester_email": "liisa@kunde.example"}
        for number, status in enumerate(("open", "closed"), 1)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def post(sandbox: Sandbox, method: str, **body: object) -> httpx.Response:
    body = {"propertyId": credentials.TAWK_PROPERTY_ID, **body}
    return HTTP.post(f"{sandbox.base_url}/tawk/v1/{method}", json=body, auth=TAWK)


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["data"]]


def numbers(*chats: int) -> list[str]:
    return [f"chat-{number:02d}" for number in chats]


def test_a_wrong_key_and_an_unknown_method_carry_an_error(sandbox: Sandbox) -> None:
    answer = HTTP.post(f"{sandbox.base_url}/tawk/v1/agent.me", json={}, auth=("wrong", ""))
    assert (answer.status_code, "error" in answer.json()) == (401, True)
    answer = post(sandbox, "chat.remove")
    assert (answer.status_code, "error" in answer.json()) == (404, True)


def test_any_password_goes_with_the_key(sandbox: Sandbox) -> None:
    url = f"{sandbox.base_url}/tawk/v1/agent.me"
    assert HTTP.post(url, json={}, auth=(credentials.TAWK_API_KEY, "f")).status_code == 200


def test_the_properties_are_listed(sandbox: Sandbox) -> None:
    (found,) = post(sandbox, "property.list", type="business").json()["data"]
    assert found["propertyId"] == credentials.TAWK_PROPERTY_ID


def test_another_property_is_refused(sandbox: Sandbox) -> None:
    assert post(sandbox, "chat.list", propertyId="0" * 24).status_code == 403


def test_pages_begin_at_0_overlap_and_repeat_the_last_one_for_ever(sandbox: Sandbox) -> None:
    pages = [
        ids(post(sandbox, "chat.list", size=4, page=page, sort="co-old-new")) for page in range(6)
    ]
    assert pages == [
        numbers(0, 1, 2, 3),
        numbers(3, 4, 5, 6),
        numbers(6, 7, 8, 9),
        numbers(9, 20),
        numbers(9, 20),
        numbers(9, 20),
    ]


def test_a_size_that_is_too_large_is_cut_without_a_word(tmp_path: Path) -> None:
    many = {"tawk/chats": [chat(0, chat_id=f"chat-{number}") for number in range(300)]}
    with serve_in_thread(write_world(tmp_path, many)) as sandbox:
        assert len(ids(post(sandbox, "chat.list", size=1000))) == 200
        assert len(ids(post(sandbox, "chat.list"))) == 50


def test_what_was_deleted_is_shown_on_demand_with_a_flag(sandbox: Sandbox) -> None:
    assert "chat-30" not in ids(post(sandbox, "chat.list", size=50))
    shown = post(sandbox, "chat.list", size=50, deleted=True).json()["data"]
    assert {item["id"] for item in shown if item["deleted"]} == {"chat-30"}
    assert len(shown) == 12


def test_a_chat_that_was_resumed_is_found_by_its_update_only(sandbox: Sandbox) -> None:
    march = {"startDate": "2025-03-01T00:00:00Z", "endDate": "2025-03-31T23:59:59Z"}
    assert ids(post(sandbox, "chat.list", dateType="cso", **march)) == []
    assert ids(post(sandbox, "chat.list", dateType="cuo", **march)) == ["chat-20"]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("co-new-old", 20), ("co-old-new", 0), ("uo-new-old", 20), ("uo-old-new", 0)],
)
def test_lists_are_sorted_by_creation_or_update(sandbox: Sandbox, sort: str, first: int) -> None:
    assert ids(post(sandbox, "chat.list", sort=sort))[0] == f"chat-{first:02d}"


def test_a_chat_shows_its_messages_in_the_short_vocabulary(sandbox: Sandbox) -> None:
    found = post(sandbox, "chat.get", chatId="chat-20").json()["data"]
    nav, form, answer, file = found["messages"]
    assert (nav["type"], nav["data"]["url"]) == ("nav", "https://nordlicht.example/pricing")
    assert form["msg"] == "Name : Liisa\r\nEmail : liisa@kunde.example"
    assert form["sender"] == {"t": "v"}
    assert answer["sender"] == {"t": "a", "n": "Mika", "id": "5f01"}
    assert (file["msg"], file["attchs"], file["time"]) == (
        None, [{"type": "file"}], "2025-02-01T10:00:02.019Z",
    )  # fmt: skip
    assert found["visitor"]["email"] == "liisa@kunde.example"
    assert found["personId"] == "person-20"


def test_a_visitor_who_did_not_say_has_no_address(sandbox: Sandbox) -> None:
    found = post(sandbox, "chat.get", chatId="chat-00").json()["data"]
    assert found["visitor"] == {"name": "V1754041937000", "city": "unknown", "country": "DE"}


def test_chats_are_chosen_by_tag_and_tickets_by_status(sandbox: Sandbox) -> None:
    assert ids(post(sandbox, "chat.list", tags=["billing"])) == ["chat-20"]
    assert ids(post(sandbox, "ticket.list", status="closed")) == ["t-closed"]
    ticket = post(sandbox, "ticket.get", ticketId="t-open").json()["data"]
    assert (ticket["humanId"], ticket["requester"]["email"]) == (1, "liisa@kunde.example")


def test_a_person_is_known_by_the_chat(sandbox: Sandbox) -> None:
    person = post(sandbox, "contact.person.get", personId="person-20").json()["data"]["person"]
    assert person["primaryEmail"] == "liisa@kunde.example"


def test_a_few_requests_in_a_second_are_too_many(folder: Path) -> None:
    clock = Clock()
    with serve_in_thread(folder, clock=clock) as sandbox:
        codes = [post(sandbox, "agent.me").status_code for _ in range(5)]
        assert codes == [200] * 4 + [429]
        clock.now += 1
        assert post(sandbox, "agent.me").status_code == 200
