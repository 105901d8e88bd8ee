"""HubSpot's CRM API over the simulated company: listings, reads, associations; see also the search.

All property values are text, and only a few properties come by default. A record that was merged into
another is missing from every list; its id returns the surviving record.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint
from ingestion.sandbox.vendors.hubspot import objects, search as hubspot_search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import duckdb

PER_TEN_SECONDS, SEARCHES_PER_SECOND = 190, 5
DAILY = 650_000
LARGEST_LIST, LARGEST_OWNERS, LARGEST_BATCH, LARGEST_ASSOCIATION_BATCH = 100, 500, 100, 1000
ASSOCIATIONS_PAGE = 100
LONGEST_ADDRESS = 32_000
RATE_LIMITED = {
    "status": "error",
    "message": "You have reached your ten_secondly_rolling limit.",
    "errorType": "RATE_LIMIT",
    "correlationId": "0f5d9d1c-6e0d-4a36-8b0a-0d8c2b3a1e77",
    "policyName": "TEN_SECONDLY_ROLLING",
    "requestId": "5b1c3f6e-9a57-4d0c-b7f5-40c1b7d0a9e2",
}
SEARCH_LIMITED = {
    **RATE_LIMITED,
    "message": "You have reached your secondly limit.",
    "policyName": "SECONDLY",
}
# how an association is called in listings, by the two singular names
SINGULAR = {"contacts": "contact", "companies": "company", "deals": "deal", "tickets": "ticket"}


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here.

    Args:
        base_url: Where this router is mounted.
        start_date: A day before the company's first.
    """
    return {
        "base_url": base_url,
        "access_token": credentials.HUBSPOT_ACCESS_TOKEN,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return HubSpot's endpoints."""
    api = Api(store)
    routes: list[tuple[str, str, Callable[[Call], Response]]] = [
        ("GET", "/crm/v3/objects/{kind}", api.listing),
        ("GET", "/crm/v3/objects/{kind}/{id:int}", api.one),
        ("POST", "/crm/v3/objects/{kind}/batch/read", api.batch),
        ("GET", "/crm/v3/properties/{kind}", api.properties),
        ("GET", "/crm/v3/pipelines/{kind}", api.pipelines),
        ("GET", "/crm/v3/owners", api.owners),
        ("GET", "/crm/v3/owners/", api.owners),
        ("POST", "/crm/v4/associations/{kind}/{target}/batch/read", api.associations),
        ("GET", "/account-info/v3/details", api.account),
    ]
    return Router(
        [
            Route(
                "/crm/v3/objects/{kind}/search",
                endpoint(api.guarded_search(api.search)),
                methods=["POST"],
            ),
            *(
                Route(path, endpoint(api.guarded(answer)), methods=[method])
                for method, path, answer in routes
            ),
        ],
        redirect_slashes=False,
    )


def _error(status: int, category: str, message: str) -> Refusal:
    body = {
        "status": "error",
        "message": message,
        "correlationId": str(uuid.uuid5(uuid.NAMESPACE_OID, message)),
        "category": category,
    }
    return Refusal(status, body)


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that makes no sense."""
    return _error(400, "VALIDATION_ERROR", message)


def _authenticate(call: Call) -> None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token != credentials.HUBSPOT_ACCESS_TOKEN:
        raise _error(
            401,
            "INVALID_AUTHENTICATION",
            "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
        )


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._burst = store.limit(PER_TEN_SECONDS, 10)
        self._daily = store.limit(DAILY, 86_400)
        self._searches = store.limit(SEARCHES_PER_SECOND, 1)

    def guarded(self, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the token and the limits, whose rest it tells."""

        def guarded(call: Call) -> Response:
            _authenticate(call)
            if self._burst.take() is not None or self._daily.take() is not None:
                raise Refusal(429, RATE_LIMITED)
            response = answer(call)
            response.headers.update(
                {
                    "X-HubSpot-RateLimit-Daily": str(DAILY),
                    "X-HubSpot-RateLimit-Daily-Remaining": str(self._daily.left()),
                    "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                    "X-HubSpot-RateLimit-Max": str(PER_TEN_SECONDS),
                    "X-HubSpot-RateLimit-Remaining": str(self._burst.left()),
                }
            )
            return response

        return guarded

    def guarded_search(self, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return the search behind its own limit, of which its answers tell nothing."""

        def guarded(call: Call) -> Response:
            _authenticate(call)
            if self._searches.take() is not None:
                raise Refusal(429, SEARCH_LIMITED)
            return answer(call)

        return guarded

    def _database(self) -> duckdb.DuckDBPyConnection:
        return self._store.database(objects.prepare)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._database().execute(query, list(values)).fetchall()

    def listing(self, call: Call) -> Response:
        """Return one page of live or of archived objects, in the order of their ids."""
        kind = _kind(call.path["kind"])
        if len(str(call.params)) > LONGEST_ADDRESS:
            raise Refusal(414, "URI Too Long")
        limit = _limit(call, 10, LARGEST_LIST)
        is_archived = call.params.get("archived", "false").lower() == "true"
        rows = self._rows(
            f"select {objects.COLUMNS} from {kind}"  # noqa: S608
            f" where number >= ? and archived_ms is {'not' if is_archived else ''} null"
            f" order by number limit {limit + 1}",
            [_after(call.params.get("after"))],
        )
        wanted = _names(call.params.get("properties"))
        results = [objects.shown(kind, row, wanted) for row in rows[:limit]]
        for target in _names(call.params.get("associations")) or ():
            self._add_associations(kind, _kind(target), results)
        body: dict[str, Any] = {"results": results}
        if len(rows) > limit:
            body["paging"] = _next(f"/crm/v3/objects/{kind}", rows[limit][0])
        return JSONResponse(body)

    def _add_associations(self, kind: str, target: str, results: list[dict[str, Any]]) -> None:
        name = f"{SINGULAR[kind]}_to_{SINGULAR[target]}"
        for result in results:
            found = self._rows(
                "select to_id from associations where from_type = ? and to_type = ? and from_id = ?"
                " order by to_id::bigint",
                [kind, target, result["id"]],
            )
            if found:
                result.setdefault("associations", {})[target] = {
                    "results": [{"id": to_id, "type": name} for (to_id,) in found]
                }

    def one(self, call: Call) -> Response:
        """Return one object; the survivor for an id that was merged away."""
        kind = _kind(call.path["kind"])
        found = self._by_id(kind, [str(call.path["id"])])
        if not found:
            raise _error(404, "OBJECT_NOT_FOUND", "Object not found. objectId are usually numeric.")
        return JSONResponse(objects.shown(kind, found[0], _names(call.params.get("properties"))))

    def batch(self, call: Call) -> Response:
        """Return some objects by their ids; those that are missing make it a 207."""
        kind, body = _kind(call.path["kind"]), call.json()
        ids = _input_ids(body, LARGEST_BATCH)
        found = self._by_id(kind, ids)
        results = [objects.shown(kind, row, body.get("properties")) for row in found]
        missing = [one for one in ids if one not in {str(row[0]) for row in found}]
        context = {"ids": missing}
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some objects, they may be deleted or not exist.",
            "context": context,
        }
        return _batch_answer(results, [error] if missing else [])

    def _by_id(self, kind: str, ids: list[str]) -> list[tuple[Any, ...]]:
        return self._rows(
            f"""
            with recursive asked(id) as (
                select unnest(?)
                union
                select winner_id from asked inner join merges on loser_id = asked.id
                where object_type = ?
            )
            select {objects.COLUMNS} from {kind} where id in (select id from asked)
                and archived_ms is null order by number
            """,  # noqa: S608
            [ids, kind],
        )

    def search(self, call: Call) -> Response:
        """Return one page of what a search finds."""
        kind = _kind(call.path["kind"])
        try:
            question = hubspot_search.read(call.json())
        except ValueError as error:
            raise invalid(str(error)) from None
        except ZeroDivisionError:
            raise _error(500, "INTERNAL_ERROR", "internal error") from None
        return JSONResponse(question.answer(self._database(), kind, self._store.world().now_ms))

    def properties(self, call: Call) -> Response:
        """Return the definitions of an object's properties."""
        kind = _kind(call.path["kind"])
        names = objects.property_names(self._database(), kind)
        return JSONResponse({"results": [objects.definition(name) for name in names]})

    def pipelines(self, call: Call) -> Response:
        """Return the pipelines that deals or tickets pass through, with their stages."""
        kind = _kind(call.path["kind"])
        if kind not in objects.PIPELINE_PROPERTIES:
            raise invalid(f"{kind} have no pipelines")
        return JSONResponse({"results": objects.pipelines(self._database(), kind)})

    def owners(self, call: Call) -> Response:
        """Return one page of the users who own records."""
        limit = _limit(call, 100, LARGEST_OWNERS)
        is_archived = call.params.get("archived", "false").lower() == "true"
        rows = self._rows(
            f"select {objects.OWNER_COLUMNS} from owners where id::bigint >= ?"  # noqa: S608
            f" and archived_ms is {'not' if is_archived else ''} null"
            f" order by id::bigint limit {limit + 1}",
            [_after(call.params.get("after"))],
        )
        results = [objects.owner(row, is_archived=is_archived) for row in rows[:limit]]
        body: dict[str, Any] = {"results": results}
        if len(rows) > limit:
            body["paging"] = _next("/crm/v3/owners/", rows[limit][0])
        return JSONResponse(body)

    def associations(self, call: Call) -> Response:
        """Return what some objects belong to; an object with many has pages of its own."""
        kind, target = _kind(call.path["kind"]), _kind(call.path["target"])
        body = call.json()
        ids = _input_ids(body, LARGEST_ASSOCIATION_BATCH)
        starts = {str(given["id"]): _after(given.get("after")) for given in body["inputs"]}
        found: dict[str, dict[int, list[dict[str, Any]]]] = {}
        for from_id, to_id, category, type_id, label in self._rows(
            "select from_id, to_id::bigint as number, category, type_id, label from associations"
            " where from_type = ? and to_type = ? and from_id in (select unnest(?))"
            " order by from_id, number, type_id",
            [kind, target, ids],
        ):
            if to_id >= starts[from_id]:
                types = found.setdefault(from_id, {}).setdefault(to_id, [])
                types.append({"category": category, "typeId": type_id, "label": label})
        path = f"/crm/v4/associations/{kind}/{target}"
        results = [_associated(path, one, found[one]) for one in ids if one in found]
        errors = [
            {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": f"No {SINGULAR[target]} is associated with {SINGULAR[kind]} {one}.",
                "context": {"fromObjectId": [one]},
            }
            for one in ids
            if one not in found
        ]
        return _batch_answer(results, errors)

    def account(self, _: Call) -> Response:
        """Return what the account is."""
        return JSONResponse(
            {
                "portalId": 4_711_042,
                "accountType": "STANDARD",
                "timeZone": "Europe/Berlin",
                "companyCurrency": "EUR",
                "additionalCurrencies": [],
                "dataHostingLocation": "eu1",
            }
        )


def _kind(name: str) -> str:
    if name not in objects.KINDS:
        raise invalid(f"Unable to infer object type from: {name}")
    return name


def _limit(call: Call, default: int, most: int) -> int:
    text = call.params.get("limit", str(default))
    if not text.isdigit() or not 0 < int(text) <= most:
        raise invalid(f"limit must be between 1 and {most}")
    return int(text)


def _after(text: object) -> int:
    if text in (None, ""):
        return 0
    if not str(text).isdigit():
        raise invalid("after is no cursor of this list")
    return int(str(text))


def _names(text: str | None) -> list[str] | None:
    return text.split(",") if text else None


def _input_ids(body: dict[str, Any], most: int) -> list[str]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not 0 < len(inputs) <= most:
        raise invalid(f"inputs must hold 1 to {most} ids")
    try:
        return list(dict.fromkeys(str(given["id"]) for given in inputs))
    except (KeyError, TypeError):
        raise invalid("each input needs an id") from None


def _next(path: str, after: object) -> dict[str, Any]:
    link = f"https://api.hubapi.com{path}?after={after}"
    return {"next": {"after": str(after), "link": link}}


def _associated(path: str, from_id: str, found: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    ids = list(found)
    result: dict[str, Any] = {
        "from": {"id": from_id},
        "to": [
            {"toObjectId": to_id, "associationTypes": found[to_id]}
            for to_id in ids[:ASSOCIATIONS_PAGE]
        ],
    }
    if len(ids) > ASSOCIATIONS_PAGE:
        result["paging"] = _next(path, ids[ASSOCIATIONS_PAGE])
    return result


def _batch_answer(results: list[Any], errors: Iterable[dict[str, Any]]) -> Response:
    failed = list(errors)
    body: dict[str, Any] = {"status": "COMPLETE", "results": results}
    if failed:
        body |= {"numErrors": len(failed), "errors": failed}
    return JSONResponse(body, 207 if failed else 200)
