"""Trustmary's integration API over the simulated company.

Its lists are bare arrays in blocks, continued by ``offset``; a block after the end is empty. Deleted
contacts are shown on request; deleted answers and reviews have a time of deletion. The list of
invitations is an assumption, because no known documentation shows one.
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

BLOCK = 200
PER_SECOND = 20
RATE_LIMITED = {"message": "Too many requests"}
ORGANIZATION = {"id": "nordlicht", "name": "Nordlicht"}


def settings(base_url: str, _start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here; it has no start date."""
    return {
        "base_url": f"{base_url}/v1",
        "api_key": credentials.TRUSTMARY_API_KEY,
        "webhook_secret": credentials.TRUSTMARY_WEBHOOK_SECRET,
        "invitations_path": "/invitations",
    }


def router(store: Store) -> Router:
    """Return Trustmary's endpoints."""
    api = Api(store)
    routes: dict[str, Callable[[Call], Response]] = {
        "/v1/test": api.test,
        "/v1/contacts": api.contacts,
        "/v1/lists": api.lists,
        "/v1/surveys": api.surveys,
        "/v1/survey/{survey}": api.survey,
        "/v1/survey/{survey}/responses": api.responses,
        "/v1/invitations": api.invitations,
        "/v1/reviews": api.reviews,
    }
    return Router(
        [Route(path, endpoint(api.guarded(answer))) for path, answer in routes.items()],
        redirect_slashes=False,
    )


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load Trustmary's tables."""
    load_tables(
        database,
        folder / "trustmary",
        "contacts",
        "lists",
        "surveys",
        "invitations",
        "answers",
        "reviews",
    )


def iso(moment_ms: int | None) -> str | None:
    """Return a moment as the vendor writes it: ISO 8601 with its zone."""
    if moment_ms is None:
        return None
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds")


def times(row: Row) -> Row:
    """Return the three times that every object has."""
    return {f"{name}_at": iso(row.get(f"{name}_ms")) for name in ("created", "updated", "deleted")}


def flag(value: bool | None) -> str:  # noqa: FBT001 - a value, not a switch
    """Return a consent as the vendor writes it: the text true, or nothing."""
    return "true" if value else ""


def contact(row: Row) -> Row:
    """Return a contact."""
    first, _, last = (row["name"] or "").partition(" ")
    return {
        "id": row["id"],
        "email": row["email"],
        "name": row["name"],
        "firstname": first,
        "lastname": last,
        "company": row["company"],
        "type": row["type"],
        "eid": None,
        "phone": None,
        **times(row),
    }


def answer(row: Row, asked: Row | None, *, pages: int = 2) -> Row:
    """Return an answer; with one page only what was given on the first."""
    is_whole = pages > 1
    custom = json.loads(row["custom_json"] or "{}")
    values: Row = {"nps": row["nps"]} if row["nps"] is not None else {}
    values["custom"] = {
        name: value for name, value in custom.items() if is_whole or isinstance(value, str)
    }
    given = ("feedback", "comment", "name", "email", "organization")
    values |= {name: (row[name] or "") if is_whole else "" for name in given}
    values |= {
        "location": "",
        "imageFilename": "",
        "publicConsent": flag(is_whole and row["public_consent"]),
        "noPublicConsent": flag(is_whole and row["no_public_consent"]),
    }
    return {
        "survey_id": row["survey_id"],
        "survey_name": row["survey_name"],
        "answer_id": row["id"],
        "answer_values": values,
        **times(row),
        "organization_id": ORGANIZATION["id"],
        "contact": contact(asked) if asked else None,
    }


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_SECOND, 1)

    def guarded(self, respond: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the key and the limit."""

        def guarded(call: Call) -> Response:
            if call.headers.get("authorization") != f"Apikey {credentials.TRUSTMARY_API_KEY}":
                raise Refusal(401, {"message": "Unauthorized"})
            self._limit.spend(Refusal(429, RATE_LIMITED, {"Retry-After": "1"}))
            return respond(call)

        return guarded

    def _rows(self, query: str, *values: object) -> list[Row]:
        return rows(self._store.database(prepare), query, values)

    def _block(self, call: Call, table: str, where: str, order: str, *values: object) -> list[Row]:
        text = call.params.get("offset", "0")
        if not text.isdecimal():
            raise Refusal(400, {"message": "offset must be a number"})
        return self._rows(
            f"select * from {table} where {where} order by {order} limit {BLOCK} offset {text}",  # noqa: S608
            *values,
        )

    def test(self, _: Call) -> Response:
        """Tell whose key it is."""
        return JSONResponse(
            {
                "message": "Your API key is working",
                "organization_id": ORGANIZATION["id"],
                "organization_name": ORGANIZATION["name"],
                "api_key_name": "kette",
            }
        )

    def contacts(self, call: Call) -> Response:
        """List contacts; deleted ones on demand, one by its address."""
        where, values = "true", list[object]()
        if call.params.get("includeAll") != "true":
            where = "deleted_ms is null"
        if email := call.params.get("email"):
            where, values = f"{where} and email = ?", [email]
        found = self._block(call, "contacts", where, "created_ms, id", *values)
        return JSONResponse([contact(row) for row in found])

    def lists(self, _: Call) -> Response:
        """List the contact lists, all at once."""
        found = self._rows("select * from lists order by id")
        return JSONResponse([{"id": row["id"], "name": row["name"], **times(row)} for row in found])

    def surveys(self, call: Call) -> Response:
        """List surveys, those that were deleted too."""
        kind = call.params.get("type", "")
        found = self._block(call, "surveys", "(? = '' or type = ?)", "created_ms, id", kind, kind)
        return JSONResponse([_survey(row) for row in found])

    def survey(self, call: Call) -> Response:
        """Return one survey."""
        return JSONResponse(_survey(self._one(call)))

    def _one(self, call: Call) -> Row:
        found = self._rows("select * from surveys where id = ?", call.path["survey"])
        if not found:
            raise Refusal(404, {"message": "Survey not found"})
        return found[0]

    def responses(self, call: Call) -> Response:
        """List a survey's answers, the newest first."""
        survey = self._one(call)["id"]
        found = self._block(call, "answers", "survey_id = ?", "created_ms desc, id", survey)
        names = [row["contact_id"] for row in found if row["contact_id"]]
        known = self._rows("select * from contacts where id in (select unnest(?))", names)
        contacts = {row["id"]: row for row in known}
        return JSONResponse([answer(row, contacts.get(row["contact_id"])) for row in found])

    def invitations(self, call: Call) -> Response:
        """List what was sent: whom to, when and how; not what is behind it."""
        found = self._block(call, "invitations", "true", "sent_ms, id")
        shown = ("id", "survey_id", "contact_id", "channel", "answer_id")
        return JSONResponse(
            [
                {name: row[name] for name in shown} | {"sent_at": iso(row["sent_ms"])}
                for row in found
            ]
        )

    def reviews(self, call: Call) -> Response:
        """List reviews."""
        found = self._block(call, "reviews", "true", "created_ms, eid")
        shown = ("eid", "source", "nps", "comment", "name", "company", "published")
        empty = dict.fromkeys(("location", "title", "picture", "video"))
        return JSONResponse(
            [{name: row[name] for name in shown} | empty | times(row) for row in found]
        )


def _survey(row: Row) -> Row:
    return {name: row[name] for name in ("id", "type", "count", "name")} | times(row)
