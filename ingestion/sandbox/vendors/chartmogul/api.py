"""ChartMogul's lists and metrics, over the simulated company.

Lists page by ``cursor`` and end where ``has_more`` is false: the last page still has a cursor, and
following it leads to an empty page. Money is whole cents; kebab-case and snake_case are mixed as
the vendor mixes them.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint
from ingestion.sandbox.company.contracts import CURRENCY
from ingestion.sandbox.vendors.chartmogul import metrics as subscription_metrics, objects

if TYPE_CHECKING:
    from collections.abc import Callable
PER_SECOND, CONNECTIONS = 40, 20
LARGEST_PAGE = 200
RATE_LIMITED = {
    "code": 429,
    "message": "Your request rate has exceeded our rate limit.",
    "param": None,
}
ACCOUNT = {
    "id": "acc_5f0c2a7e-7d3b-4b61-9a44-2f0d8c1e6b90",
    "name": "Nordlicht",
    "currency": CURRENCY,
    "time_zone": "UTC",
    "week_start_on": "monday",
}
# told only where the parameter `include` names them
ACCOUNT_SETTINGS = {
    "churn_recognition": "churn_at_period_end",
    "churn_when_zero_mrr": "ignore",
    "auto_churn_subscription": False,
    "refund_handling": "refund_ignore",
    "proximate_movement_reclassification": "reclassification_off",
}


@dataclass(frozen=True)
class Listing:
    """A list and its order: rows of ``sort_key``, ``sort_id`` and ``record``."""

    table: str
    root: str = "entries"
    is_descending: bool = True


CUSTOMERS = Listing("customers", is_descending=False)
PLANS, INVOICES = Listing("plans", root="plans"), Listing("invoices", root="invoices")


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here.

    Args:
        base_url: Where this router is mounted.
        start_date: A day before the company's first.
    """
    return {
        "base_url": f"{base_url}/v1",
        "api_key": credentials.CHARTMOGUL_API_KEY,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return ChartMogul's endpoints."""
    api = Api(store)
    routes: dict[str, Callable[[Call], Response]] = {
        "/ping": lambda _: JSONResponse({"data": "pong!"}),
        "/account": _account,
        "/data_sources": api.data_sources,
        "/customers": lambda call: api.page(
            call, CUSTOMERS, ("external_id", "status", "data_source_uuid")
        ),
        "/customers/search": api.search,
        "/customers/{uuid}": lambda call: api.one(call, CUSTOMERS),
        "/customers/{uuid}/subscriptions": api.subscriptions,
        "/customers/{uuid}/activities": api.customer_activities,
        "/plans": lambda call: api.page(call, PLANS, ("external_id", "data_source_uuid")),
        "/plans/{uuid}": lambda call: api.one(call, PLANS),
        "/invoices": lambda call: api.page(
            call, INVOICES, ("external_id", "customer_uuid", "data_source_uuid")
        ),
        "/invoices/{uuid}": lambda call: api.one(call, INVOICES),
        "/activities": api.activities,
        "/metrics/{metric}": api.metrics,
    }
    return Router(
        [
            Route(f"/v1{path}", endpoint(api.guarded(answer)), methods=["GET"])
            for path, answer in routes.items()
        ],
        redirect_slashes=False,
    )


def _account(call: Call) -> Response:
    asked = call.params.get("include", "").split(",")
    told = {name: value for name, value in ACCOUNT_SETTINGS.items() if name in asked}
    return JSONResponse({**ACCOUNT, **told})


def _error(code: int, message: str, param: str | None = None) -> Refusal:
    return Refusal(code, {"code": code, "message": message, "param": param})


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_SECOND, 1)
        self._slots = threading.BoundedSemaphore(CONNECTIONS)

    def guarded(self, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the key, the rate limit and the number of connections."""

        def guarded(call: Call) -> Response:
            # the key is the user name; what is sent as the password does not matter
            if (call.basic() or ("",))[0] != credentials.CHARTMOGUL_API_KEY:
                raise _error(401, "No valid API key provided")
            if not self._slots.acquire(blocking=False):
                raise _error(503, "Too many parallel connections")
            try:
                self._limit.spend(Refusal(429, RATE_LIMITED))
                return answer(call)
            finally:
                self._slots.release()

        return guarded

    def _rows(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return self._store.database(objects.prepare).execute(query, values).fetchall()

    def data_sources(self, _: Call) -> Response:
        """Return all data sources; this list has no pages."""
        rows = self._rows("select record from data_sources order by uuid", [])
        records = ",".join(row[0] for row in rows)
        return _json(f'{{"data_sources":[{records}]}}')

    def one(self, call: Call, listing: Listing) -> Response:
        """Return one record by its uuid."""
        rows = self._rows(
            f"select record from {listing.table} where uuid = ?",  # noqa: S608
            [call.path["uuid"]],
        )
        if not rows:
            raise _error(404, f"{listing.table[:-1].capitalize()} not found", "uuid")
        return _json(rows[0][0])

    def page(self, call: Call, listing: Listing, filters: tuple[str, ...]) -> Response:
        """Return one page of a list."""
        size = _page_size(call)
        given = {name: call.params[name] for name in filters if call.params.get(name)}
        conditions = ["true", *(f"{name} = ?" for name in given)]
        values = [v.replace("_", " ") if k == "status" else v for k, v in given.items()]
        extra, offset = "", 0
        if call.params.get("cursor"):
            conditions.append(f"(sort_key, sort_id) {'<' if listing.is_descending else '>'} (?, ?)")
            values += _read_cursor(call.params["cursor"])
        else:
            number = _number(call, "page", 1)
            offset = (number - 1) * size
            total = self._rows(
                f"select count(*) from {listing.table} where {' and '.join(conditions)}",  # noqa: S608
                values,
            )[0][0]
            pages = max(1, -(-total // size))
            extra = (
                f',"page":{number},"current_page":{number},"total_pages":{pages},"per_page":{size}'
            )
        direction = "desc" if listing.is_descending else "asc"
        rows = self._rows(
            f"select record, sort_key, sort_id from {listing.table}"  # noqa: S608
            f" where {' and '.join(conditions)}"
            f" order by sort_key {direction}, sort_id {direction} limit {size + 1} offset {offset}",
            values,
        )
        cursor = _cursor(*rows[:size][-1][1:]) if rows else None
        return _page(listing.root, rows, size, cursor, extra)

    def search(self, call: Call) -> Response:
        """Return the customers of an e-mail address; where there is none, that is a 404."""
        email = call.params.get("email", "")
        rows = self._rows(
            "select record from customers where lower(email) = lower(?) order by sort_key", [email]
        )
        if not rows:
            raise _error(404, f"Can't find any customers with email: {json.dumps(email)}", "email")
        return _page("entries", rows, LARGEST_PAGE, None)

    def subscriptions(self, call: Call) -> Response:
        """Return a customer's subscriptions; their cursor counts on even past the end."""
        uuid = self._known_customer(call)
        size, number = _page_size(call), 1
        if call.params.get("cursor"):
            name, _, text = _decode(call.params["cursor"]).partition("=")
            if name != "subscriptions_next_page" or not text.isdigit():
                raise _error(400, "Invalid cursor", "cursor")
            number = int(text)
        rows = self._rows(
            "select record from subscriptions where customer_uuid = ? order by sort_key, uuid"
            " limit ? offset ?",
            [uuid, size + 1, (number - 1) * size],
        )
        cursor = _encode(f"subscriptions_next_page={number + 1}")
        return _page("entries", rows, size, cursor)

    def activities(self, call: Call) -> Response:
        """Return the account's movements, those that are scheduled ahead included."""
        conditions, values = ["true"], list[Any]()
        for name, operator, is_end in (("start-date", ">=", False), ("end-date", "<=", True)):
            if call.params.get(name):
                conditions.append(f"sort_key {operator} ?")
                values.append(_moment(call.params[name], name, is_end=is_end))
        if call.params.get("type"):
            conditions.append("type = ?")
            values.append(call.params["type"])
        order = call.params.get("order", "date")
        if order not in {"date", "-date"}:
            raise _error(400, "order must be date or -date", "order")
        return self._activities(call, conditions, values, is_descending=order == "-date")

    def customer_activities(self, call: Call) -> Response:
        """Return a customer's movements, newest first and in another shape."""
        uuid = self._known_customer(call)
        return self._activities(
            call, ["customer_uuid = ?"], [uuid], is_descending=True, record="customer_record"
        )

    def _activities(
        self,
        call: Call,
        conditions: list[str],
        values: list[Any],
        *,
        is_descending: bool,
        record: str = "record",
    ) -> Response:
        size, cursor = _page_size(call), call.params.get("cursor")
        if cursor:
            anchor = self._rows("select sort_key from activities where uuid = ?", [cursor])
            if not anchor:
                raise _error(400, "Invalid cursor", "cursor")
            conditions.append(f"(sort_key, uuid) {'<' if is_descending else '>'} (?, ?)")
            values += [anchor[0][0], cursor]
        direction = "desc" if is_descending else "asc"
        rows = self._rows(
            f"select {record}, uuid from activities where {' and '.join(conditions)}"  # noqa: S608
            f" order by sort_key {direction}, uuid {direction} limit {size + 1}",
            values,
        )
        return _page("entries", rows, size, rows[:size][-1][1] if rows else None)

    def metrics(self, call: Call) -> Response:
        """Return a metric per period."""
        for name in ("start-date", "end-date"):
            if not call.params.get(name):
                raise _error(400, f"{name} is required", name)
        try:
            body = subscription_metrics.answer(
                self._store.database(objects.prepare),
                self._store.world(),
                call.path["metric"],
                dict(call.params),
            )
        except LookupError:
            raise _error(404, "Not found") from None
        except ValueError as error:
            raise _error(400, str(error), "interval") from None
        return JSONResponse(body)

    def _known_customer(self, call: Call) -> str:
        uuid = str(call.path["uuid"])
        if not self._rows("select 1 from customers where uuid = ?", [uuid]):
            raise _error(404, "Customer not found", "uuid")
        return uuid


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _page(
    root: str, rows: list[tuple[Any, ...]], size: int, cursor: str | None, extra: str = ""
) -> Response:
    records = ",".join(row[0] for row in rows[:size])
    more = json.dumps(len(rows) > size)
    return _json(f'{{"{root}":[{records}],"cursor":{json.dumps(cursor)},"has_more":{more}{extra}}}')


def _number(call: Call, name: str, default: int) -> int:
    text = call.params.get(name) or str(default)
    if not text.isdigit() or int(text) < 1:
        raise _error(400, f"{name} must be a positive number", name)
    return int(text)


def _page_size(call: Call) -> int:
    return min(_number(call, "per_page", LARGEST_PAGE), LARGEST_PAGE)


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise _error(400, "Invalid cursor", "cursor") from None


def _cursor(key_ms: int, key_id: str) -> str:
    moment = datetime.fromtimestamp(key_ms // 1000, UTC)
    return _encode(f"{moment:%Y-%m-%dT%H:%M:%S}.{key_ms % 1000:03d}000000Z&{key_id}")


def _read_cursor(cursor: str) -> list[Any]:
    text, _, key_id = _decode(cursor).partition("&")
    try:
        moment = datetime.strptime(f"{text[:19]}+0000", "%Y-%m-%dT%H:%M:%S%z")
        return [int(moment.timestamp()) * 1000 + int(text[20:23]), key_id]
    except ValueError:
        raise _error(400, "Invalid cursor", "cursor") from None


def _moment(text: str, name: str, *, is_end: bool) -> int:
    """Return seconds; a plain date as the end of a span means the whole of that day."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _error(400, f"{name} must be an ISO 8601 date", name) from None
    whole_day = 86_399 if is_end and len(text) == 10 else 0
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) + whole_day
