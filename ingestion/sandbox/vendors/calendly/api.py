"""Calendly's API over the simulated company: sessions by their start, and who booked each.

Ids are addresses on the vendor's host. There is no filter by change date, sessions are listed by status,
and invitees are listed per session only.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, load_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

    Row = dict[str, Any]

HOST = "https://api.calendly.com"
ORGANIZATION = f"{HOST}/organizations/NORDLICHT0000001"
PER_MINUTE = 500
LARGEST_PAGE, USUAL_PAGE = 100, 20
RATE_LIMITED = {"title": "Too Many Requests", "message": "You have exceeded the rate limit."}
SORTS = {"start_time:asc": "starts_ms, id", "start_time:desc": "starts_ms desc, id"}
TABLES = ("event_types", "scheduled_events", "invitees")


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return what points the source here."""
    return {
        "base_url": base_url,
        "access_token": credentials.CALENDLY_ACCESS_TOKEN,
        "webhook_secret": credentials.CALENDLY_WEBHOOK_SECRET,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return Calendly's endpoints."""
    api = Api(store)
    routes: list[tuple[str, Callable[[Call], Response]]] = [
        ("/users/me", api.me),
        ("/event_types", api.event_types),
        ("/scheduled_events", api.scheduled_events),
        ("/scheduled_events/{id}", api.scheduled_event),
        ("/scheduled_events/{id}/invitees", api.invitees),
    ]
    return Router([Route(path, endpoint(api.guarded(answer))) for path, answer in routes])


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load Calendly's tables."""
    load_tables(database, folder / "calendly", *TABLES)


def _error(status: int, title: str, message: str) -> Refusal:
    return Refusal(status, {"title": title, "message": message, "details": []})


def _invalid(message: str) -> Refusal:
    return _error(400, "Invalid Argument", message)


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_MINUTE, 60)

    def guarded(self, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the token and the limit."""

        def guarded(call: Call) -> Response:
            given = call.headers.get("authorization", "")
            if given != f"Bearer {credentials.CALENDLY_ACCESS_TOKEN}":
                raise _error(401, "Unauthenticated", "The access token is invalid")
            wait = self._limit.take()
            if wait is not None:
                raise Refusal(429, RATE_LIMITED, {"X-RateLimit-Reset": str(round(wait) + 1)})
            return answer(call)

        return guarded

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        found = self._store.database(prepare).execute(query, list(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def me(self, _: Call) -> Response:
        """Return whose token it is."""
        return JSONResponse(
            {
                "resource": {
                    "uri": f"{HOST}/users/NORDLICHTUSER001",
                    "name": "Nordlicht",
                    "email": "kalender@nordlicht.example",
                    "timezone": "Europe/Berlin",
                    "current_organization": ORGANIZATION,
                }
            }
        )

    def event_types(self, call: Call) -> Response:
        """Return what can be booked."""
        _organization(call)
        rows, page = self._page(call, "select * from event_types order by created_ms, id")
        return _collection([_event_type(row) for row in rows], page)

    def scheduled_events(self, call: Call) -> Response:
        """Return sessions by when they start; there is no filter by change."""
        _organization(call)
        order = SORTS.get(call.params.get("sort", "start_time:asc"))
        if order is None:
            raise _invalid("sort")
        conditions, values = ["true"], list[Any]()
        if status := call.params.get("status"):
            if status not in {"active", "canceled"}:
                raise _invalid("status")
            conditions.append("status = ?")
            values.append(status)
        for name, operator in (("min_start_time", ">="), ("max_start_time", "<")):
            if text := call.params.get(name):
                conditions.append(f"starts_ms {operator} ?")
                values.append(_moment(text))
        query = "select * from scheduled_events where {} order by {}"
        rows, page = self._page(call, query.format(" and ".join(conditions), order), values)
        return _collection([self._event(row) for row in rows], page)

    def scheduled_event(self, call: Call) -> Response:
        """Return one session."""
        return JSONResponse({"resource": self._event(self._session(call))})

    def invitees(self, call: Call) -> Response:
        """Return who booked a session."""
        session = self._session(call)
        query = "select * from invitees where event_id = ? order by created_ms, id"
        rows, page = self._page(call, query, [session["id"]])
        return _collection([_invitee(row, session) for row in rows], page)

    def _session(self, call: Call) -> Row:
        found = self._rows("select * from scheduled_events where id = ?", [call.path["id"]])
        if not found:
            raise _error(404, "Resource Not Found", "The server could not find the resource.")
        return found[0]

    def _event(self, row: Row) -> Row:
        is_active = row["status"] == "active"
        event = {
            "uri": f"{HOST}/scheduled_events/{row['id']}",
            "name": row["name"],
            "status": row["status"],
            "start_time": _iso(row["starts_ms"]),
            "end_time": _iso(row["ends_ms"]),
            "event_type": f"{HOST}/event_types/{row['event_type_id']}",
            "location": {"type": row["location"]},
            "invitees_counter": {"total": 1, "active": int(is_active), "limit": 1},
            "event_memberships": [{"user_email": row["host_email"], "user_name": row["host_name"]}],
            "event_guests": [],
            "created_at": _iso(row["created_ms"]),
            "updated_at": _iso(row["updated_ms"]),
        }
        return event if is_active else {**event, "cancellation": _cancellation(row)}

    def _page(
        self, call: Call, query: str, values: Sequence[Any] = ()
    ) -> tuple[list[Row], dict[str, Any]]:
        text = call.params.get("count", str(USUAL_PAGE))
        if not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
            raise _invalid("count must be between 1 and 100")
        count, start = int(text), _start(call.params.get("page_token"))
        rows = self._rows(f"{query} limit {count + 1} offset {start}", values)
        token = _token(start + count) if len(rows) > count else None
        params = {**dict(call.params), "page_token": token}
        pagination = {
            "count": len(rows[:count]),
            "next_page": f"{HOST}/?{urlencode(params)}" if token else None,
            "next_page_token": token,
            "previous_page": None,
            "previous_page_token": None,
        }
        return rows[:count], pagination


def _collection(items: list[Row], pagination: dict[str, Any]) -> Response:
    return JSONResponse({"collection": items, "pagination": pagination})


def _organization(call: Call) -> None:
    given = call.params.get("organization")
    if not given:
        raise _invalid("organization or user is required")
    if given != ORGANIZATION:
        raise _error(403, "Permission Denied", "You do not have permission")


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from:"))
    except (binascii.Error, ValueError):
        raise _invalid("page_token") from None


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _invalid("the time must be ISO 8601") from None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _iso(moment_ms: int) -> str:
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ms % 1000:03d}000Z"


def _event_type(row: Row) -> Row:
    return {
        "uri": f"{HOST}/event_types/{row['id']}",
        "name": row["name"],
        "active": row["is_active"],
        "kind": "solo",
        "duration": row["duration_minutes"],
        "created_at": _iso(row["created_ms"]),
        "updated_at": _iso(row["updated_ms"]),
    }


def _cancellation(row: Row) -> Row:
    return {
        "canceled_by": row["host_name"] if row["canceled_by"] == "host" else "Invitee",
        "canceler_type": row["canceled_by"],
        "reason": row["cancel_reason"],
        "created_at": _iso(row["canceled_ms"]),
    }


def _invitee(row: Row, session: Row) -> Row:
    def address(event: str | None, invitee: str | None) -> str | None:
        return f"{HOST}/scheduled_events/{event}/invitees/{invitee}" if invitee else None

    uri = address(row["event_id"], row["id"])
    shown = {
        "uri": uri,
        "event": f"{HOST}/scheduled_events/{row['event_id']}",
        "name": row["name"],
        "email": row["email"],
        "text_reminder_number": row["phone"],
        "status": row["status"],
        "timezone": row["time_zone"],
        "questions_and_answers": [],
        "tracking": {
            "utm_source": row["utm_source"],
            "utm_campaign": row["utm_campaign"],
            "utm_medium": None,
            "salesforce_uuid": None,
        },
        "rescheduled": row["new_id"] is not None,
        "old_invitee": address(row["old_event_id"], row["old_id"]),
        "new_invitee": address(row["new_event_id"], row["new_id"]),
        "no_show": {"uri": f"{HOST}/invitee_no_shows/{row['id']}",
                    "created_at": _iso(row["no_show_ms"])}
        if row["no_show_ms"]
        else None,
        "cancel_url": f"https://calendly.com/cancellations/{row['id']}",
        "created_at": _iso(row["created_ms"]),
        "updated_at": _iso(row["updated_ms"]),
    }  # fmt: skip
    return shown if row["status"] == "active" else {**shown, "cancellation": _cancellation(session)}
