"""The sandbox speaks Calendly's API: ids are addresses, pages have tokens, and changes are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, Clock, at_ms, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

HOST = "https://api.calendly.com"
AUTH = {"Authorization": f"Bearer {credentials.CALENDLY_ACCESS_TOKEN}"}


def session(name: str, starts: str, **more: object) -> dict[str, Any]:
    return {
        "id": name,
        "event_type_id": "t1",
        "name": "Demo",
        "status": "active",
        "starts_ms": at_ms(starts),
        "ends_ms": at_ms(starts) + 1_800_000,
        "location": "zoom",
        "created_ms": at_ms("2025-02-01"),
        "updated_ms": at_ms("2025-02-01"),
    } | more


OFF = {"status": "canceled", "canceled_ms": at_ms("2025-02-02"), "canceled_by": "invitee"}
COMPANY = {
    "calendly/event_types": [
        {"id": "t1", "name": "Demo", "created_ms": at_ms("2025-01-01"),
         "updated_ms": at_ms("2025-01-01"), "is_active": True, "duration_minutes": 30},
    ],
    "calendly/scheduled_events": [
        session("old", "2025-02-10 09:00", **OFF),
        *(session(f"e{number}", f"2025-03-0{number} 09:00") for number in (1, 2, 3)),
        session("new", "2025-05-01 09:00"),
    ],
    "calendly/invitees": [
        {"id": "i-old", "event_id": "old", "email": "Ana@kunde.example", "status": "canceled",
         "created_ms": at_ms("2025-02-01"), "updated_ms": at_ms("2025-02-02"), "new_id": "i-new",
         "new_event_id": "new"},
        {"id": "i-new", "event_id": "new", "email": "Ana@kunde.example", "status": "active",
         "created_ms": at_ms("2025-02-02"), "updated_ms": at_ms("2025-02-02"), "old_id": "i-old",
         "old_event_id": "old"},
        {"id": "i-1", "event_id": "e1", "email": "bo@kunde.example", "status": "active",
         "created_ms": at_ms("2025-02-01"), "updated_ms": at_ms("2025-03-02"),
         "no_show_ms": at_ms("2025-03-02")},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def get(sandbox: Sandbox, path: str, **params: object) -> httpx.Response:
    asked = {name: str(value) for name, value in params.items()}
    return HTTP.get(f"{sandbox.base_url}/calendly{path}", params=asked, headers=AUTH)


def events(sandbox: Sandbox, **params: object) -> dict[str, Any]:
    me = get(sandbox, "/users/me").json()["resource"]
    answer = get(sandbox, "/scheduled_events", organization=me["current_organization"], **params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_wrong_token_and_a_missing_organisation_are_refused(sandbox: Sandbox) -> None:
    answer = HTTP.get(f"{sandbox.base_url}/calendly/users/me")
    assert (answer.status_code, answer.json()["title"]) == (401, "Unauthenticated")
    assert get(sandbox, "/scheduled_events").status_code == 400
    assert get(sandbox, "/event_types", organization="another").status_code == 403


def test_sessions_come_by_start_and_status_and_nothing_else(sandbox: Sandbox) -> None:
    asked = {"min_start_time": "2025-03-02T09:00:00Z", "max_start_time": "2025-05-01T09:00:00Z"}
    found = events(sandbox, status="active", **asked)["collection"]
    assert [event["uri"] for event in found] == [f"{HOST}/scheduled_events/e{n}" for n in (2, 3)]
    assert len(events(sandbox, min_updated_at="2025-03-01T00:00:00Z")["collection"]) == 5
    (off,) = events(sandbox, status="canceled")["collection"]
    assert off["cancellation"]["created_at"] == "2025-02-02T00:00:00.000000Z"


def test_pages_go_on_until_the_token_is_null(sandbox: Sandbox) -> None:
    first = events(sandbox, count=3)
    assert len(first["collection"]) == first["pagination"]["count"] == 3
    last = events(sandbox, count=3, page_token=first["pagination"]["next_page_token"])
    assert len(last["collection"]) == 2
    assert last["pagination"]["next_page_token"] is None
    assert get(sandbox, "/event_types", organization="x", count=101).status_code == 403


def test_a_booking_that_was_moved_and_its_successor_name_each_other(sandbox: Sandbox) -> None:
    (old,) = get(sandbox, "/scheduled_events/old/invitees").json()["collection"]
    (new,) = get(sandbox, "/scheduled_events/new/invitees").json()["collection"]
    assert (old["status"], old["rescheduled"]) == ("canceled", True)
    assert (old["new_invitee"], new["old_invitee"]) == (new["uri"], old["uri"])
    assert (new["status"], new["rescheduled"], new["new_invitee"]) == ("active", False, None)


def test_marking_somebody_as_missing_does_not_touch_the_session(sandbox: Sandbox) -> None:
    event = get(sandbox, "/scheduled_events/e1").json()["resource"]
    (invitee,) = get(sandbox, "/scheduled_events/e1/invitees").json()["collection"]
    assert invitee["no_show"]["created_at"] == "2025-03-02T00:00:00.000000Z"
    assert event["updated_at"] == "2025-02-01T00:00:00.000000Z"


def test_an_unknown_session_is_not_found(sandbox: Sandbox) -> None:
    assert get(sandbox, "/scheduled_events/erased").status_code == 404


def test_too_many_requests_are_told_when_to_come_back(folder: Path) -> None:
    with serve_in_thread(folder, clock=Clock()) as sandbox:
        for _ in range(500):
            answer = get(sandbox, "/users/me")
        assert answer.status_code == 200
        answer = get(sandbox, "/users/me")
    assert (answer.status_code, "retry-after" in answer.headers) == (429, False)
    assert int(answer.headers["x-ratelimit-reset"]) > 0
