"""A Mixpanel project in miniature: its export by day, its profiles by page."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.ingestion.sources.emulator import Reply, Request

USER, SECRET, PROJECT = "kette.tests", "a-secret", 4711
TOO_LATE = Reply({"error": "to_date cannot be later than today", "status": "error"}, 400)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def clock_ms(text: str) -> int:
    """Return what a clock that shows this text counts, as if it were UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def event(
    when: str, insert_id: str | None, name: str = "Page Viewed", **more: Any
) -> dict[str, Any]:
    """Return an event; ``when`` is what the project's clock shows."""
    time = clock_ms(when)
    properties = {
        "time": time,
        "distinct_id": "u1",
        "$insert_id": insert_id,
        "mp_processing_time_ms": time + 3000,
        **more,
    }
    return {"event": name, "properties": {k: v for k, v in properties.items() if v is not None}}


class Project:
    """What the project holds, and how its API answers."""

    def __init__(self, today: str) -> None:
        self.today = date.fromisoformat(today)
        self.events: list[dict[str, Any]] = []
        self.profiles: list[dict[str, Any]] = []
        self.page_size = 2
        self.sessions = 0
        # what the n-th export is made into
        self.spoiled: dict[int, Any] = {}
        self.exports: list[tuple[str, str]] = []
        self.engage: list[dict[str, str]] = []
        self.has_plan = True

    def answer(self, request: Request) -> Any:
        """Return the answer to a request."""
        sent = base64.b64decode(request.headers["Authorization"].split()[1]).decode()
        if sent != f"{USER}:{SECRET}" or request.params["project_id"] != str(PROJECT):
            return Reply({"error": "Unable to authenticate request", "status": "error"}, 400)
        return self._engage(request) if "engage" in request.path else self._export(request)

    def _export(self, request: Request) -> Any:
        begin, end = request.params["from_date"], request.params["to_date"]
        assert request.params["time_in_ms"] == "true"
        if date.fromisoformat(end) > self.today:
            return TOO_LATE
        self.exports.append((begin, end))
        body = b"".join(
            json.dumps(each).encode() + b"\n" for each in self.events if begin <= _day(each) <= end
        )
        spoil = self.spoiled.get(len(self.exports))
        return Reply(spoil(body) if spoil else body, headers={"Content-Type": "text/plain"})

    def _engage(self, request: Request) -> Any:
        if not self.has_plan:
            return Reply({"error": "Your plan does not allow API calls"}, 402)
        form = request.body
        self.engage.append(form)
        page = int(form["page"])
        session = f"session-{self.sessions}"
        if page and form["session_id"] != session:
            return Reply({"error": "session_id has expired", "status": "error"}, 400)
        found = self.profiles[page * self.page_size : (page + 1) * self.page_size]
        body = {
            "page": page,
            "page_size": self.page_size,
            "session_id": session,
            "status": "ok",
            "results": found,
        }
        return body if page else {**body, "total": len(self.profiles)}


def _day(found: dict[str, Any]) -> str:
    time = found.get("properties", {}).get("time")
    if not isinstance(time, int):
        # what has no time is exported somewhere
        return "2026-05-20"
    return (EPOCH + timedelta(milliseconds=time)).date().isoformat()
