"""WooCommerce's API over the simulated company: orders, by page, with the totals in headers.

The bin is shown only on request. A page after the last one is empty.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Store, endpoint, load_tables, rows
from ingestion.sandbox.vendors.wordpress import rest

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb
    from starlette.responses import Response

    from ingestion.sandbox.company.clock import World

    Row = dict[str, Any]

STATUSES = (
    "any", "trash", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed",
)  # fmt: skip
# by id or by when they were made it is the same: numbers grow with time
ORDERS = {"id": "id", "date": "created_ms, id", "modified": "modified_ms, id"}
BOUNDS = {
    "after": "created_ms > ?",
    "before": "created_ms < ?",
    "modified_after": "modified_ms > ?",
    "modified_before": "modified_ms < ?",
}


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": base_url,
        "consumer_key": credentials.WOOCOMMERCE_CONSUMER_KEY,
        "consumer_secret": credentials.WOOCOMMERCE_CONSUMER_SECRET,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return the endpoint of orders."""
    api = Api(store)
    return Router(
        [Route("/wp-json/wc/v3/orders", endpoint(api.orders))],
        redirect_slashes=False,
    )


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load the orders."""
    load_tables(database, folder / "woocommerce", "orders")


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(rest.PER_SECOND, 1)

    def orders(self, call: Call) -> Response:
        """List orders."""
        pair = (credentials.WOOCOMMERCE_CONSUMER_KEY, credentials.WOOCOMMERCE_CONSUMER_SECRET)
        if call.basic() != pair:
            raise rest.refusal(
                401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."
            )
        self._limit.spend(rest.too_many())
        query, values = _query(call)
        found = rows(self._store.database(prepare), query, values)
        return rest.page(call, found, _order, is_strict=False)


def _query(call: Call) -> tuple[str, list[object]]:
    params = call.params
    status, by = params.get("status", "any"), params.get("orderby", "date")
    if status not in STATUSES or by not in ORDERS:
        raise rest.refusal(400, "rest_invalid_param", "Invalid parameter(s): status, orderby")
    zone = ZoneInfo("UTC") if params.get("dates_are_gmt") == "true" else rest.SITE_ZONE
    where, values = rest.bounded(call, BOUNDS, zone)
    if status == "any":
        where.append("status != 'trash'")
    else:
        where.append("status = ?")
        values.append(status)
    order = rest.ordered(call, ORDERS, "date")
    return f"select * from orders where {' and '.join(where)} order by {order}", values  # noqa: S608 - names of our own


def _order(row: Row) -> Row:
    refunds = []
    if row["refunded"] != "0.00":
        refunds = [{"id": row["id"] + 1, "reason": "", "total": f"-{row['refunded']}"}]
    moments = {
        f"date_{name}{ending}": rest.naive(row[f"{name}_ms"], zone)
        for name in ("created", "modified")
        for ending, zone in (("", rest.SITE_ZONE), ("_gmt", ZoneInfo("UTC")))
    }
    return {
        "id": row["id"],
        "number": str(row["id"]),
        "status": row["status"],
        "currency": row["currency"],
        "total": row["total"],
        **moments,
        "customer_id": row["customer_id"],
        "billing": {
            name: row[name]
            for name in (
                "first_name", "last_name", "company", "city", "country", "email", "phone",
            )
        },
        "line_items": json.loads(row["items_json"] or "[]"),
        "refunds": refunds,
        "meta_data": [],
    }  # fmt: skip
