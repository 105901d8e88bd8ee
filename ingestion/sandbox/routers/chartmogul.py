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

from ingestion.sandbox import credentials, subscription_metrics
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, parquet
from ingestion.sandbox.world.schema import CURRENCY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.world.clock import World

PER_SECOND, CONNECTIONS = 40, 20
LARGEST_PAGE = 200
RATE_LIMITED = {"code": 429, "message": "Your request rate has exceeded our rate limit.", "param": None}
ACCOUNT = {
    "id": "acc_5f0c2a7e-7d3b-4b61-9a44-2f0d8c1e6b90",
    "name": "Nordlicht",
    "currency": CURRENCY,
    "time_zone": "UTC",
    "week_start_on": "monday",
    "churn_recognition": "immediate",
    "churn_when_zero_mrr": True,
    "refund_handling": "ignore_refunds",
}
COUNTRIES = {
    "DE": "Germany", "AT": "Austria", "CH": "Switzerland", "FR": "France", "NL": "Netherlands",
    "DK": "Denmark", "SE": "Sweden", "PL": "Poland", "IT": "Italy", "ES": "Spain",
    "GB": "United Kingdom", "US": "United States", "BE": "Belgium", "CZ": "Czechia",
    "FI": "Finland", "LU": "Luxembourg", "LI": "Liechtenstein", "NO": "Norway",
}  # fmt: skip

_ISO = "strftime(to_timestamp({}), '%Y-%m-%dT%H:%M:%S+00:00')"
_ISO_Z = "strftime(to_timestamp({}), '%Y-%m-%dT%H:%M:%S.000Z')"


def _iso(column: str, form: str = _ISO) -> str:
    return form.format(column)


# the vendor's records, written once per world as JSON text
_TABLES = (
    """
    create table data_sources as
    with uuids as (
        select distinct unnest(data_source_uuids_json::json::varchar[]) as uuid
        from raw_customers
    )
    select uuid, to_json({
        'uuid': uuid, 'name': 'Billing', 'system': 'Import API',
        'created_at': '2020-01-01T00:00:00.000Z', 'status': 'idle'
    })::varchar as record
    from uuids
    """,
    f"""
    create table customers as
    select
        uuid, external_id, email, status, created_ms as sort_key, id::varchar as sort_id,
        data_source_uuids_json->>0 as data_source_uuid,
        to_json({{
            'id': id, 'uuid': uuid, 'external_id': external_id, 'name': name,
            'email': coalesce(email, ''), 'status': status,
            'customer-since': {_iso("customer_since_s")},
            'attributes': {{
                'tags': tags_json::json, 'stripe': '{{}}'::json, 'clearbit': '{{}}'::json,
                'custom': custom_json::json
            }},
            'data_source_uuid': data_source_uuids_json->>0,
            'data_source_uuids': data_source_uuids_json::json,
            'external_ids': external_ids_json::json,
            'company': coalesce(company, ''), 'country': country, 'state': null, 'city': city,
            'zip': zip,
            'lead_created_at': {_iso("lead_created_s", _ISO_Z)},
            'free_trial_started_at': {_iso("free_trial_started_s", _ISO_Z)},
            'address': {{
                'country': country_name(country), 'state': null, 'city': city, 'address_zip': zip
            }},
            'mrr': mrr_cents, 'arr': mrr_cents * 12, 'billing-system-url': null,
            'chartmogul-url': 'https://app.chartmogul.com/#/customers/' || id || '-'
                || coalesce(company, name, ''),
            'billing-system-type': 'Import API', 'currency': '{CURRENCY}', 'currency-sign': '€',
            'owner': null, 'website_url': website_url
        }})::varchar as record
    from raw_customers
    """,
    """
    create table plans as
    select
        uuid, external_id, created_ms as sort_key, uuid as sort_id,
        (select min(uuid) from data_sources) as data_source_uuid,
        to_json({
            'uuid': uuid, 'data_source_uuid': (select min(uuid) from data_sources), 'name': name,
            'interval_count': interval_count, 'interval_unit': interval_unit,
            'external_id': external_id
        })::varchar as record
    from raw_plans
    """,
    f"""
    create table subscriptions as
    select
        uuid, customer_uuid, start_s as sort_key,
        to_json({{
            'id': id, 'uuid': uuid, 'external_id': external_id,
            'subscription_set_external_id': null, 'quantity': quantity, 'mrr': mrr_cents,
            'arr': mrr_cents * 12, 'status': status, 'plan': plan_name,
            'billing-cycle': billing_cycle, 'billing-cycle-count': billing_cycle_count,
            'start-date': {_iso("start_s")}, 'end-date': {_iso("end_s")},
            'currency': '{CURRENCY}', 'currency-sign': '€'
        }})::varchar as record
    from raw_subscriptions
    """,
    f"""
    create table activities as
    select
        uuid, customer_uuid, type, date_s as sort_key,
        to_json({{
            'description': description, 'activity-mrr-movement': movement_cents,
            'activity-mrr': mrr_after_cents, 'activity-arr': mrr_after_cents * 12,
            'date': {_iso("date_s")}, 'type': type, 'currency': '{CURRENCY}',
            'subscription-external-id': subscription_external_id,
            'subscription-set-external-id': null, 'plan-external-id': plan_external_id,
            'customer-name': customer_name, 'customer-uuid': customer_uuid,
            'customer-external-id': customer_external_id, 'billing-connector-uuid': null,
            'uuid': uuid
        }})::varchar as record,
        to_json({{
            'id': (hash(uuid) % 1000000000)::bigint, 'description': description, 'type': type,
            'date': {_iso("date_s")}, 'activity-mrr-movement': movement_cents,
            'activity-mrr': mrr_after_cents, 'activity-arr': mrr_after_cents * 12,
            'currency': '{CURRENCY}', 'currency-sign': '€',
            'subscription-external-id': subscription_external_id
        }})::varchar as customer_record
    from raw_activities
    """,
    f"""
    create table invoices as
    with lines as (
        select invoice_uuid, list({{
            'uuid': uuid, 'external_id': external_id, 'type': type,
            'subscription_uuid': subscription_uuid,
            'subscription_external_id': subscription_external_id, 'plan_uuid': plan_uuid,
            'prorated': prorated, 'proration_type': null,
            'service_period_start': {_iso("service_period_start_s", _ISO_Z)},
            'service_period_end': {_iso("service_period_end_s", _ISO_Z)},
            'amount_in_cents': amount_cents, 'quantity': quantity, 'discount_code': '',
            'discount_amount_in_cents': discount_cents, 'tax_amount_in_cents': tax_cents,
            'transaction_fees_in_cents': 0, 'account_code': null, 'event_order': null,
            'balance_transfer': false
        }} order by uuid) as items
        from raw_line_items group by invoice_uuid
    ),
    payments as (
        select invoice_uuid, list({{
            'uuid': uuid, 'external_id': external_id, 'type': type,
            'date': {_iso("date_s", _ISO_Z)}, 'result': result, 'amount_in_cents': amount_cents
        }} order by date_s, uuid) as items
        from raw_transactions group by invoice_uuid
    )
    select
        invoice.uuid, invoice.external_id, invoice.customer_uuid,
        (select min(uuid) from data_sources) as data_source_uuid,
        invoice.created_ms as sort_key, invoice.uuid as sort_id,
        to_json({{
            'uuid': invoice.uuid, 'external_id': invoice.external_id,
            'date': {_iso("invoice.date_s", _ISO_Z)}, 'due_date': {_iso("invoice.due_s", _ISO_Z)},
            'currency': invoice.currency, 'customer_uuid': invoice.customer_uuid,
            'errors': '{{}}'::json, 'line_items': coalesce(lines.items, []),
            'transactions': coalesce(payments.items, [])
        }})::varchar as record
    from raw_invoices as invoice
    left join lines on lines.invoice_uuid = invoice.uuid
    left join payments on payments.invoice_uuid = invoice.uuid
    """,
    "create table contracts as select * from raw_contracts",
)


@dataclass(frozen=True)
class Listing:
    """A list and its order: rows of ``sort_key``, ``sort_id`` and ``record``."""

    table: str
    root: str = "entries"
    is_descending: bool = True


CUSTOMERS = Listing("customers", is_descending=False)
PLANS, INVOICES = Listing("plans", root="plans"), Listing("invoices", root="invoices")


def router(store: Store) -> Router:
    """Return ChartMogul's endpoints."""
    api = Api(store)
    routes: dict[str, Callable[[Call], Response]] = {
        "/ping": lambda _: JSONResponse({"data": "pong!"}),
        "/account": lambda _: JSONResponse(ACCOUNT),
        "/data_sources": api.data_sources,
        "/customers": lambda call: api.page(call, CUSTOMERS, ("external_id", "status", "data_source_uuid")),
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
                if self._limit.take() is not None:
                    raise Refusal(429, RATE_LIMITED)
                return answer(call)
            finally:
                self._slots.release()

        return guarded

    def _rows(self, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return self._store.database(_prepare).execute(query, values).fetchall()

    def data_sources(self, _: Call) -> Response:
        """Return all data sources; this list has no pages."""
        rows = self._rows("select record from data_sources order by uuid", [])
        return _json('{"data_sources":[%s]}' % ",".join(row[0] for row in rows))

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
            conditions.append(
                f"(sort_key, sort_id) {'<' if listing.is_descending else '>'} (?, ?)"
            )
            values += _read_cursor(call.params["cursor"])
        else:
            number = _number(call, "page", 1)
            offset = (number - 1) * size
            total = self._rows(
                f"select count(*) from {listing.table} where {' and '.join(conditions)}",  # noqa: S608
                values,
            )[0][0]
            pages = max(1, -(-total // size))
            extra = f',"page":{number},"current_page":{number},"total_pages":{pages},"per_page":{size}'
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
            f" limit {size + 1} offset {(number - 1) * size}",
            [uuid],
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
                self._store.database(_prepare),
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


def _prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    database.create_function("country_name", lambda code: COUNTRIES.get(code, code), [str], str)
    for table in (
        "plans", "customers", "subscriptions", "contracts", "activities", "invoices",
        "line_items", "transactions",
    ):  # fmt: skip
        path = folder / "chartmogul" / f"{table}.parquet"
        database.execute(f"create view raw_{table} as select * from {parquet(path)}")
    for statement in _TABLES:
        database.execute(statement)
