"""A Calendly organisation in miniature."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ingestion.sources.emulator import Reply, Request

HOST = "https://api.calendly.com"
TOKEN = "a-personal-token"


def iso(text: str) -> str:
    return f"{text.replace(' ', 'T')}:00.000000Z"


class Calendar:
    """An organisation's calendar in miniature; pages of two."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.people: dict[str, list[dict[str, Any]]] = {}
        self.types = [{"uri": f"{HOST}/event_types/t1", "updated_at": iso("2026-01-01 00:00")}]
        self.page_size = 2

    def book(self, name: str, starts: str, *, made: str, **more: Any) -> dict[str, Any]:
        """Add a session with one invitee and return the session."""
        begin = datetime.fromisoformat(starts).replace(tzinfo=UTC)
        uri = f"{HOST}/scheduled_events/{name}"
        self.events[uri] = {
            "uri": uri,
            "status": "active",
            "start_time": iso(starts),
            "end_time": (begin + timedelta(minutes=30)).isoformat().replace("+00:00", "Z"),
            "invitees_counter": {"total": 1, "active": 1, "limit": 1},
            "created_at": iso(made),
            "updated_at": iso(made),
        } | more
        self.people[uri] = [self.person(uri, "i1", made)]
        return self.events[uri]

    @staticmethod
    def person(event: str, name: str, made: str, **more: Any) -> dict[str, Any]:
        """Return somebody's booking."""
        return {
            "uri": f"{event}/invitees/{name}",
            "event": event,
            "email": f"{name}@kunde.example",
            "status": "active",
            "created_at": iso(made),
            "updated_at": iso(made),
        } | more

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"title": "Unauthenticated", "message": f"bad token {TOKEN}"}, 401)
        path, asked = request.path, request.params
        if path == "/users/me":
            return {"resource": {"current_organization": f"{HOST}/organizations/o1"}}
        if path.endswith("/invitees"):
            return self._page(request, self.people[HOST + path.removesuffix("/invitees")])
        if path != "/scheduled_events" and path.startswith("/scheduled_events/"):
            found = self.events.get(HOST + path)
            return {"resource": found} if found else Reply({"message": "not found"}, 404)
        assert asked["organization"] == f"{HOST}/organizations/o1"
        if path == "/event_types":
            return self._page(request, self.types)
        chosen = [
            event
            for event in self.events.values()
            if event["status"] == asked["status"]
            and asked["min_start_time"] <= event["start_time"] < asked["max_start_time"]
        ]
        return self._page(request, sorted(chosen, key=lambda event: event["start_time"]))

    def _page(self, request: Request, found: list[Any]) -> dict[str, Any]:
        start = int(request.params.get("page_token", "p0")[1:])
        end = start + self.page_size
        token = f"p{end}" if end < len(found) else None
        return {
            "collection": found[start:end],
            "pagination": {"count": len(found[start:end]), "next_page_token": token},
        }
