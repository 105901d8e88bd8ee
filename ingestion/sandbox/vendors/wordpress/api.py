"""WordPress's API over the simulated company: comments, by page, with the totals in headers.

A visitor sees approved comments without addresses. A moderator sees all comments, each state on request.
A page after the last one is an error.
"""

from __future__ import annotations

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

STATUSES = {
    "approve": "status = 'approved'",
    "hold": "status = 'hold'",
    "all": "status in ('approved', 'hold')",
    "spam": "status = 'spam'",
    "trash": "status = 'trash'",
}
ORDERS = {"id": "id", "date_gmt": "created_ms, id", "date": "created_ms, id"}
BOUNDS = {"after": "created_ms > ?", "before": "created_ms < ?"}
FORBIDDEN = "Sorry, you are not allowed to do that."


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": base_url,
        "username": credentials.WORDPRESS_USERNAME,
        "application_password": credentials.WORDPRESS_APPLICATION_PASSWORD,
        "start_date": start_date,
    }


def router(store: Store) -> Router:
    """Return the endpoint of comments."""
    api = Api(store)
    return Router(
        [Route("/wp-json/wp/v2/comments", endpoint(api.comments))],
        redirect_slashes=False,
    )


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load the comments."""
    load_tables(database, folder / "wordpress", "comments")


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(rest.PER_SECOND, 1)

    def comments(self, call: Call) -> Response:
        """List comments."""
        moderates = _moderates(call)
        self._limit.spend(rest.too_many())
        edits, status = call.params.get("context") == "edit", call.params.get("status", "approve")
        if status not in STATUSES or call.params.get("orderby", "date_gmt") not in ORDERS:
            raise rest.refusal(400, "rest_invalid_param", "Invalid parameter(s): status, orderby")
        if (edits or status != "approve") and not moderates:
            raise rest.refusal(401, "rest_forbidden_context", FORBIDDEN)
        # the site compares with its own clock
        where, values = rest.bounded(call, BOUNDS, rest.SITE_ZONE)
        where.append(STATUSES[status])
        order = rest.ordered(call, ORDERS, "date_gmt")
        query = f"select * from comments where {' and '.join(where)} order by {order}"  # noqa: S608 - names of our own
        found = rows(self._store.database(prepare), query, values)
        return rest.page(call, found, _edited if edits else _shown, is_strict=True)


def _moderates(call: Call) -> bool:
    """Return whether the caller may moderate; blanks in an application password mean nothing."""
    given = call.basic()
    if given is None:
        return False
    password = credentials.WORDPRESS_APPLICATION_PASSWORD.replace(" ", "")
    if (given[0], given[1].replace(" ", "")) != (credentials.WORDPRESS_USERNAME, password):
        raise rest.refusal(401, "incorrect_password", "The provided password is invalid.")
    return True


def _shown(row: Row) -> Row:
    return {
        "id": row["id"],
        "post": row["post"],
        "parent": 0,
        "author": row["author"],
        "author_name": row["author_name"],
        "date": rest.naive(row["created_ms"], rest.SITE_ZONE),
        "date_gmt": rest.naive(row["created_ms"], ZoneInfo("UTC")),
        "content": {"rendered": row["content"]},
        "link": f"https://www.sternstunde.example/{row['slug']}/#comment-{row['id']}",
        "status": row["status"],
        "type": row["type"],
    }


def _edited(row: Row) -> Row:
    return {**_shown(row), "author_email": row["author_email"], "author_ip": "192.0.2.7"}
