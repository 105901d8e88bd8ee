"""Typeform's API over the simulated company: forms, and responses by their token.

Unsubmitted responses are dated to the first day of the year one and are shown only on request. The API
answers two requests a second.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, load_tables, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

    Row = dict[str, Any]

PER_SECOND = 2
LARGEST_FORMS, LARGEST, USUAL = 200, 1000, 25
RATE_LIMITED = {"code": "TOO_MANY_REQUESTS", "description": "Too many requests"}
NEVER_SUBMITTED = "0001-01-01T00:00:00Z"
KINDS = {"completed": "submitted_ms is not null", "started": "submitted_ms is null"}


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": base_url,
        "access_token": credentials.TYPEFORM_ACCESS_TOKEN,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return Typeform's endpoints."""
    api = Api(store)
    routes: dict[str, Callable[[Call], Response]] = {
        "/forms": api.forms,
        "/forms/{form}": api.form,
        "/forms/{form}/responses": api.responses,
    }
    return Router(
        [Route(path, endpoint(api.guarded(answer))) for path, answer in routes.items()],
        redirect_slashes=False,
    )


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load Typeform's tables."""
    load_tables(database, folder / "typeform", "forms", "responses")


def iso(moment_ms: int | None) -> str:
    """Return a moment to the second, as the vendor writes it."""
    if moment_ms is None:
        return NEVER_SUBMITTED
    return f"{datetime.fromtimestamp(moment_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_SECOND, 1)

    def guarded(self, respond: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the token and the limit."""

        def guarded(call: Call) -> Response:
            if call.headers.get("authorization") != f"Bearer {credentials.TYPEFORM_ACCESS_TOKEN}":
                raise _error(401, "AUTHENTICATION_FAILED", "Authentication credentials not found")
            self._limit.spend(Refusal(429, RATE_LIMITED, {"Retry-After": "1"}))
            return respond(call)

        return guarded

    def _rows(self, query: str, *values: object) -> list[Row]:
        return rows(self._store.database(prepare), query, values)

    def forms(self, call: Call) -> Response:
        """List forms by page."""
        size, page = _number(call, "page_size", 10, LARGEST_FORMS), _number(call, "page", 1, 10**6)
        found = self._rows("select * from forms order by created_ms desc, id")
        shown = found[(page - 1) * size : page * size]
        items = [
            {"id": row["id"], "title": row["title"], "created_at": iso(row["created_ms"]),
             "last_updated_at": iso(row["updated_ms"]), "settings": {"language": row["language"]}}
            for row in shown
        ]  # fmt: skip
        return _page(items, len(found), size)

    def _one(self, call: Call) -> Row:
        found = self._rows("select * from forms where id = ?", call.path["form"])
        if not found:
            raise _error(404, "FORM_NOT_FOUND", "non existing form")
        return found[0]

    def form(self, call: Call) -> Response:
        """Return a form with its fields."""
        row = self._one(call)
        shown = {"id": row["id"], "title": row["title"], "fields": json.loads(row["fields_json"])}
        return JSONResponse(shown)

    def responses(self, call: Call) -> Response:
        """List a form's responses, the newest first, up to before a token."""
        form = self._one(call)["id"]
        size = _number(call, "page_size", USUAL, LARGEST)
        kind = call.params.get("response_type", "completed")
        if kind not in KINDS:
            raise _error(400, "BAD_REQUEST", "response_type")
        # what was not submitted is told by when it was begun
        moment = "coalesce(submitted_ms, landed_ms)"
        where, values = f"form_id = ? and {KINDS[kind]}", [form]
        for name, operator in (("since", ">="), ("until", "<=")):
            if text := call.params.get(name):
                where, values = f"{where} and {moment} {operator} ?", [*values, _moment(text)]
        count = self._rows(f"select count(*) as n from responses where {where}", *values)[0]["n"]  # noqa: S608
        if token := call.params.get("before"):
            known = self._rows(f"select {moment} as m from responses where token = ?", token)  # noqa: S608
            if not known:
                raise _error(400, "BAD_REQUEST", "before")
            where = f"{where} and ({moment}, token) < (?, ?)"
            values = [*values, known[0]["m"], token]
        found = self._rows(
            f"select * from responses where {where} order by {moment} desc, token desc limit {size}",  # noqa: S608
            *values,
        )
        return _page([_response(row) for row in found], count, size)


def _response(row: Row) -> Row:
    shown = {
        "landing_id": row["token"],
        "token": row["token"],
        "response_id": row["token"],
        "landed_at": iso(row["landed_ms"]),
        "submitted_at": iso(row["submitted_ms"]),
        "metadata": {"user_agent": "Mozilla/5.0", "platform": row["platform"], "referer": "",
                     "network_id": "c0ffee", "browser": "default"},
        "hidden": json.loads(row["hidden_json"] or "{}"),
        "calculated": {"score": row["score"] or 0},
    }  # fmt: skip
    if row["submitted_ms"] is not None:
        shown["answers"] = json.loads(row["answers_json"] or "[]")
    return shown


def _page(items: list[Row], total: int, size: int) -> Response:
    return JSONResponse({"total_items": total, "page_count": -(-total // size), "items": items})


def _error(status: int, code: str, text: str) -> Refusal:
    return Refusal(status, {"code": code, "description": text})


def _number(call: Call, name: str, usual: int, most: int) -> int:
    text = call.params.get(name, str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise _error(400, "BAD_REQUEST", name)
    return int(text)


def _moment(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        raise _error(400, "BAD_REQUEST", "since and until must be ISO 8601") from None
