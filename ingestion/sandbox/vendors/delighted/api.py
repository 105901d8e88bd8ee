"""Delighted's API over the simulated company: survey responses by page, times in whole seconds.

A page past the end is empty; a person is an id unless it is expanded.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, load_tables, rows

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

    Row = dict[str, Any]

PER_SECOND = 10
LARGEST, USUAL = 100, 20
RATE_LIMITED = {"status": 429, "message": "Rate limit exceeded"}
ORDERS = {
    "asc": "created_s, id",
    "desc": "created_s desc, id desc",
    "asc:updated_at": "updated_s, id",
    "desc:updated_at": "updated_s desc, id desc",
}
FILTERS = {
    "since": "created_s >= ?",
    "until": "created_s <= ?",
    "updated_since": "updated_s >= ?",
    "updated_until": "updated_s <= ?",
}


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": f"{base_url}/v1",
        "api_key": credentials.DELIGHTED_API_KEY,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return Delighted's endpoints."""
    api = Api(store)
    return Router(
        [
            Route("/v1/survey_responses.json", endpoint(api.responses)),
            Route("/v1/metrics.json", endpoint(api.metrics)),
        ],
        redirect_slashes=False,
    )


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load Delighted's tables."""
    load_tables(database, folder / "delighted", "people", "survey_responses")
    database.execute(
        "create view dated as select *, created_ms // 1000 as created_s, "
        "updated_ms // 1000 as updated_s from survey_responses"
    )


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_SECOND, 1)

    def _guard(self, call: Call) -> None:
        if (call.basic() or ("",))[0] != credentials.DELIGHTED_API_KEY:
            raise Refusal(401, {"status": 401, "message": "Invalid API key"})
        self._limit.spend(Refusal(429, RATE_LIMITED, {"Retry-After": "1"}))

    def _rows(self, query: str, *values: object) -> list[Row]:
        return rows(self._store.database(prepare), query, values)

    def responses(self, call: Call) -> Response:
        """List survey responses."""
        self._guard(call)
        size, page = _number(call, "per_page", USUAL), _number(call, "page", 1)
        if size > LARGEST:
            raise _invalid("per_page must be at most 100")
        order = ORDERS.get(call.params.get("order", "asc"))
        if order is None:
            raise _invalid("order")
        asked = [(sql, _number(call, name, 0)) for name, sql in FILTERS.items()
                 if name in call.params]  # fmt: skip
        where = " and ".join(["true", *(sql for sql, _ in asked)])
        found = self._rows(
            f"select * from dated where {where} order by {order}"  # noqa: S608
            f" limit {size} offset {(page - 1) * size}",
            *(value for _, value in asked),
        )
        people: dict[str, Row] = {}
        if "person" in call.params.getlist("expand[]"):
            names = [row["person"] for row in found]
            known = self._rows("select * from people where id in (select unnest(?))", names)
            people = {row["id"]: _person(row) for row in known}
        return JSONResponse([_response(row, people) for row in found])

    def metrics(self, call: Call) -> Response:
        """Count the answers, as a check."""
        self._guard(call)
        (row,) = self._rows("select count(*) as n from survey_responses")
        return JSONResponse({"nps": 0, "response_count": row["n"]})


def _response(row: Row, people: dict[str, Row]) -> Row:
    return {
        "id": row["id"],
        "person": people.get(row["person"], row["person"]),
        "survey_type": row["survey_type"],
        "score": row["score"],
        "comment": row["comment"],
        "permalink": f"https://delighted.com/r/{row['id']}",
        "created_at": row["created_s"],
        "updated_at": row["updated_s"],
        "person_properties": json.loads(row["person_properties_json"] or "null"),
        "notes": [],
        "tags": json.loads(row["tags_json"] or "[]"),
        "additional_answers": [],
    }


def _person(row: Row) -> Row:
    return {
        "id": row["id"],
        "name": row["name"],
        "email": row["email"],
        "created_at": row["created_ms"] // 1000,
        "phone_number": None,
        "last_sent_at": row["last_sent_ms"] // 1000,
    }


def _invalid(text: str) -> Refusal:
    return Refusal(422, {"status": 422, "message": text})


def _number(call: Call, name: str, usual: int) -> int:
    text = call.params.get(name, str(usual))
    if not text.isdecimal():
        raise _invalid(f"{name} must be a number")
    return int(text)
