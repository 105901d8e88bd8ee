"""LinkedIn's figures about a company's page, over the simulated company.

Difficulties: two required headers, an address whose parentheses must not be escaped but whose URNs must,
and lifetime totals if no time range is given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, parquet
from ingestion.sandbox.company.clock import add_months, seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import duckdb
    from starlette.requests import Request

    from ingestion.sandbox.company.clock import World

CALLS, WITHIN_SECONDS = 500, 60
USUAL_PAGE, LARGEST_PAGE = 10, 100
MONTHS_KEPT = 12
DAY_MS = 86_400_000
ORGANIZATION = f"urn:li:organization:{credentials.LINKEDIN_PAGES_ORGANIZATION_ID}"
FIRST_VERSION = "202512"
RATE_LIMITED = {
    "status": 429,
    "code": "TOO_MANY_REQUESTS",
    "serviceErrorCode": 101,
    "message": "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
}
TABLES = ("share_statistics", "follower_statistics", "network_sizes")
_SPAN = re.compile(
    r"timeIntervals=\(timeRange:\(start:(\d+),end:(\d+)\),timeGranularityType:(\w+)\)"
)


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": f"{base_url}/rest",
        "start_date": start_date,
        "organization_ids": credentials.LINKEDIN_PAGES_ORGANIZATION_ID,
        "access_token": credentials.LINKEDIN_PAGES_ACCESS_TOKEN,
    }


def prepare(connection: duckdb.DuckDBPyConnection, folder: Path, _world: World) -> None:
    """Read the figures."""
    for name in TABLES:
        table = parquet(folder / f"linkedin_pages/{name}.parquet")
        connection.execute(f"create table {name} as from {table}")


def router(store: Store) -> Router:
    """Return the endpoints."""
    api = Api(store)
    return Router(
        [
            Route("/rest/networkSizes/{urn}", endpoint(api.network_size), methods=["GET"]),
            Route(
                "/rest/organizationalEntityShareStatistics",
                _with_query(api.share_statistics),
                methods=["GET"],
            ),
            Route(
                "/rest/organizationalEntityFollowerStatistics",
                _with_query(api.follower_statistics),
                methods=["GET"],
            ),
        ],
        redirect_slashes=False,
    )


def _with_query(
    answer: Callable[[Call, str], Response],
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint whose answer depends on how the address was written."""

    async def handle(request: Request) -> Response:
        query = request.scope["query_string"].decode()
        return await endpoint(lambda call: answer(call, query))(request)

    return handle


def _error(status: int, code: str, text: str) -> Refusal:
    return Refusal(status, {"status": status, "code": code, "message": text})


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(CALLS, WITHIN_SECONDS)

    def _enter(self, call: Call) -> None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if token != credentials.LINKEDIN_PAGES_ACCESS_TOKEN:
            raise _error(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        version = call.headers.get("linkedin-version", "")
        if not version:
            raise _error(400, "VERSION_MISSING", "A version must be present")
        if version < FIRST_VERSION:
            raise _error(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if call.headers.get("x-restli-protocol-version") != "2.0.0":
            raise _error(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables")
        self._limit.spend(Refusal(429, RATE_LIMITED))

    def network_size(self, call: Call) -> Response:
        """Answer how many follow the page now."""
        self._enter(call)
        if call.path["urn"] != ORGANIZATION:
            raise _error(403, "ACCESS_DENIED", "Not enough permissions to access: networkSizes")
        if call.params.get("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER":
            raise _error(400, "ILLEGAL_ARGUMENT", "edgeType")
        ((followers,),) = self._find("select followers from network_sizes")
        return JSONResponse({"firstDegreeSize": followers})

    def share_statistics(self, call: Call, query: str) -> Response:
        """Answer how posts did, by day or altogether."""
        names = (
            ("impressionCount", "impressions"), ("uniqueImpressionsCount", "unique_impressions"),
            ("clickCount", "clicks"), ("likeCount", "likes"), ("commentCount", "comments"),
            ("shareCount", "shares"), ("shareMentionsCount", "share_mentions"),
            ("commentMentionsCount", "comment_mentions"),
        )  # fmt: skip
        rows = self._days(call, query, "share_statistics", [column for _, column in names])
        elements = []
        for span, values in rows:
            counts = dict(zip((name for name, _ in names), values, strict=True))
            done = sum(counts[name] for name in ("clickCount", "likeCount", "commentCount"))
            rate = (done + counts["shareCount"]) / max(counts["impressionCount"], 1)
            elements.append(_element(span, {"totalShareStatistics": counts | {"engagement": rate}}))
        return self._page(call, elements)

    def follower_statistics(self, call: Call, query: str) -> Response:
        """Answer how many began to follow, by day; or who all followers are."""
        rows = self._days(call, query, "follower_statistics", ["organic_gain", "paid_gain"])
        if rows and rows[0][0] is None:
            lifetime: dict[str, Any] = {
                "followerCountsBySeniority": [],
                "followerCountsByFunction": [],
            }
            return self._page(call, [_element(None, lifetime)])
        gains = [
            _element(
                span,
                {"followerGains": {"organicFollowerGain": organic, "paidFollowerGain": paid}},
            )
            for span, (organic, paid) in rows
        ]
        return self._page(call, gains)

    def _days(
        self, call: Call, query: str, table: str, columns: list[str]
    ) -> list[tuple[dict[str, int] | None, tuple[int, ...]]]:
        """Return each day's span and figures; without a span asked for one row of all days."""
        self._enter(call)
        if call.params.get("q") != "organizationalEntity":
            raise _error(400, "ILLEGAL_ARGUMENT", "q must be organizationalEntity")
        if f"organizationalEntity={ORGANIZATION.replace(':', '%3A')}" not in query:
            raise _error(400, "ILLEGAL_ARGUMENT", "Invalid value for organizationalEntity")
        if "timeIntervals" not in query:
            sums = ", ".join(f"sum({column})::bigint" for column in columns)
            return [(None, row) for row in self._find(f"select {sums} from {table}")]  # noqa: S608
        span = _SPAN.search(query)
        if span is None or span.group(3) != "DAY":
            raise _error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters: timeIntervals")
        start, end = int(span.group(1)), int(span.group(2))
        if start < seconds(add_months(self._store.world().until, -MONTHS_KEPT)) * 1000:
            raise _error(400, "ILLEGAL_ARGUMENT", "Time range is beyond the last 12 months")
        found = self._find(
            f"select day_ms, {', '.join(columns)} from {table} "  # noqa: S608
            f"where day_ms >= {start} and day_ms < {end} order by day_ms"
        )
        return [({"start": day, "end": day + DAY_MS}, tuple(values)) for day, *values in found]

    def _find(self, query: str) -> list[tuple[Any, ...]]:
        return self._store.database(prepare).execute(query).fetchall()

    def _page(self, call: Call, elements: list[dict[str, Any]]) -> Response:
        start = int(call.params.get("start", 0))
        count = min(int(call.params.get("count", USUAL_PAGE)), LARGEST_PAGE)
        return JSONResponse(
            {
                "elements": elements[start : start + count],
                "paging": {"start": start, "count": count, "links": []},
            }
        )


def _element(span: dict[str, int] | None, figures: dict[str, Any]) -> dict[str, Any]:
    when = {"timeRange": span} if span else {}
    return {"organizationalEntity": ORGANIZATION, **when, **figures}
