"""The Data API of Google Analytics 4 over the simulated company: runReport of one property.

Its figures differ from the export. People without consent are modelled, and small rows are hidden while
Google signals were on. Rows beyond the largest of a day become one "(other)", and long ranges are
answered from a sample.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, parquet
from ingestion.sandbox.company.clock import TIME_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

DIMENSIONS = {
    "date": "day",
    "sessionDefaultChannelGroup": "channel",
    "sessionMedium": "medium",
    "sessionSource": "source",
    "hostName": "host",
    "eventName": "event",
}
# of those who did not consent most are modelled, two days later
METRICS = {
    "sessions": "(count(*) filter (begins and not is_denied)"
    " + round(0.9 * count(*) filter (begins and is_modelled)))::bigint",
    "totalUsers": "(count(distinct cookie)"
    " + round(0.8 * count(distinct visit) filter (is_modelled)))::bigint",
    "eventCount": "count(*) filter (not is_denied or is_modelled)",
    "keyEvents": "count(*) filter (is_key and (not is_denied or is_modelled))",
    "screenPageViews": "count(*) filter (event = 'page_view' and (not is_denied or is_modelled))",
}
KEY_EVENTS = ("generate_lead", "booking_completed", "sign_up", "purchase")
MOST_DIMENSIONS, MOST_METRICS = 9, 10
USUAL_LIMIT, LARGEST_LIMIT = 10_000, 250_000
MODELLED_AFTER_DAYS = 2
# Google signals were on in these days of the property, counted from the company's first
SIGNALS_DAYS = (70, 100)
FEWEST_USERS = 2
ROWS_PER_DAY = 6
SAMPLED_FROM_DAYS = 366
TOKENS_PER_HOUR, TOKENS_PER_CALL = 14_000, 10
RATE_LIMITED = {
    "error": {
        "code": 429,
        "message": "Exhausted concurrent requests quota.",
        "status": "RESOURCE_EXHAUSTED",
    }
}
OUT_OF_TOKENS = (
    "Exhausted property tokens for a project per hour. These quota tokens will return in under an "
    "hour."
)


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return what points the source here."""
    return {
        "base_url": f"{base_url}/v1beta",
        "property_id": str(credentials.GA4_PROPERTY_ID),
        "api_credentials": credentials.GA4_ACCESS_TOKEN,
        "start_date": start_date,
    }


def files(folder: Path) -> dict[str, str]:
    """Return where the export lies."""
    return {"export_folder": str(folder / "ga4" / "export")}


def router(store: Store) -> Router:
    """Return the Data API."""
    api = Api(store)
    report = endpoint(api.guarded(api.run_report))
    return Router([Route("/v1beta/properties/{property}:runReport", report, methods=["POST"])])


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, world: World) -> None:
    """Load the property's events, and what its figures are counted from."""
    modelled = (world.until - timedelta(days=MODELLED_AFTER_DAYS)).strftime("%Y%m%d")
    database.execute(
        f"""create table events as select *,
            event = 'session_start' as begins,
            event in {KEY_EVENTS} as is_key,
            coalesce(consent = 'No', false) as is_denied,
            coalesce(consent = 'No', false) and day < '{modelled}' as is_modelled
        from (
            -- what a server sent has no session, and so no channel
            select * replace (
                case when page is null then 'Unassigned' else channel end as channel,
                case when page is null then '(not set)' else medium end as medium
            ) from {parquet(folder / "ga4" / "events.parquet")}
        )"""  # noqa: S608 - our own files
    )


def _error(code: int, status: str, message: str) -> Refusal:
    return Refusal(code, {"error": {"code": code, "message": message, "status": status}})


def _invalid(message: str) -> Refusal:
    return _error(400, "INVALID_ARGUMENT", message)


class Api:
    """The endpoint over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tokens = store.limit(TOKENS_PER_HOUR // TOKENS_PER_CALL, 3600)

    def guarded(self, answer: Callable[[Call], Response]) -> Callable[[Call], Response]:
        """Return an endpoint behind the token and the quota."""

        def guarded(call: Call) -> Response:
            if call.headers.get("authorization") != f"Bearer {credentials.GA4_ACCESS_TOKEN}":
                raise _error(
                    401, "UNAUTHENTICATED", "Request had invalid authentication credentials."
                )
            if call.path["property"] != str(credentials.GA4_PROPERTY_ID):
                raise _error(
                    403,
                    "PERMISSION_DENIED",
                    "User does not have sufficient permissions for this property.",
                )
            if self._tokens.take() is not None:
                raise _error(429, "RESOURCE_EXHAUSTED", OUT_OF_TOKENS)
            return answer(call)

        return guarded

    def run_report(self, call: Call) -> Response:
        """Answer a report, page by page; a page behind the last has no rows at all."""
        asked = call.json()
        dimensions = _names(asked, "dimensions", DIMENSIONS, MOST_DIMENSIONS)
        metrics = _names(asked, "metrics", METRICS, MOST_METRICS)
        first, last = _dates(asked)
        limit = _number(asked, "limit", USUAL_LIMIT)
        offset = _number(asked, "offset", 0)
        if not 0 < limit <= LARGEST_LIMIT or offset < 0:
            raise _invalid("limit must be between 1 and 250000")
        rows, notes = self._report(dimensions, metrics, first, last)
        shown = rows[offset : offset + limit]
        body: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in dimensions],
            "metricHeaders": [{"name": name, "type": "TYPE_INTEGER"} for name in metrics],
            "rows": [
                {
                    "dimensionValues": [{"value": str(cell)} for cell in row[: len(dimensions)]],
                    "metricValues": [{"value": str(cell)} for cell in row[len(dimensions) :]],
                }
                for row in shown
            ],
            "rowCount": len(rows),
            "metadata": {"currencyCode": "EUR", "timeZone": TIME_ZONE, **notes},
            "kind": "analyticsData#runReport",
        }
        if not shown:
            del body["rows"]
        if asked.get("returnPropertyQuota"):
            left = self._tokens.left() * TOKENS_PER_CALL
            body["propertyQuota"] = {
                "tokensPerHour": {"consumed": TOKENS_PER_CALL, "remaining": left},
                "concurrentRequests": {"consumed": 0, "remaining": 10},
            }
        return JSONResponse(body)

    def _report(
        self, dimensions: Sequence[str], metrics: Sequence[str], first: date, last: date
    ) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
        """Return all rows of a report, and what its metadata say of them."""
        days = (last - first).days + 1
        world = self._store.world()
        groups = ", ".join(DIMENSIONS[name] for name in dimensions)
        figures = ", ".join(f"{METRICS[name]} as {name}" for name in metrics)
        hides = [(world.start + timedelta(days=days)).strftime("%Y%m%d") for days in SIGNALS_DAYS]
        is_fine = len(dimensions) > 1 and "date" in dimensions
        others = ", ".join(
            f"case when place > {ROWS_PER_DAY} then '(other)' else {DIMENSIONS[name]} end"
            if name != "date" and is_fine
            else DIMENSIONS[name]
            for name in dimensions
        )
        place = f"row_number() over (partition by day order by {metrics[0]} desc, all_groups)"
        found = (
            self._store.database(prepare)
            .execute(
                f"""
            with grouped as (
                select {groups or "1 as nothing"}, {figures}, count(distinct visit) as visits,
                    count(distinct cookie) as cookies, concat_ws('/', {groups or "1"}) as all_groups
                from events where day between ? and ?
                group by {groups or "true"}
            ), placed as (
                select *, {place if is_fine else "1"} as place from grouped
                where not {is_fine} or cookies >= {FEWEST_USERS}
                    or {"day" if is_fine else "''"} not between ? and ?
            )
            select {others + ", " if others else ""}
                {", ".join(f"sum({name})::bigint" for name in metrics)}, max(place)
            from placed group by {others or "true"} order by all
            """,  # noqa: S608 - names of our own
                [f"{first:%Y%m%d}", f"{last:%Y%m%d}", *hides],
            )
            .fetchall()
        )
        notes: dict[str, Any] = {}
        if any(row[-1] > ROWS_PER_DAY for row in found):
            notes["dataLossFromOtherRow"] = True
        if is_fine and f"{first:%Y%m%d}" <= hides[1] and hides[0] <= f"{last:%Y%m%d}":
            notes["subjectToThresholding"] = True
        if days > SAMPLED_FROM_DAYS:
            notes["samplingMetadatas"] = [{"samplesReadCount": "25", "samplingSpaceSize": "100"}]
            found = [
                (*row[: len(dimensions)], *(4 * round(cell / 4) for cell in row[len(dimensions) :]))
                for row in found
            ]
        return [row[:-1] for row in found], notes


def _names(asked: dict[str, Any], field: str, known: dict[str, str], most: int) -> list[str]:
    names = [str(each.get("name")) for each in asked.get(field, [])]
    if len(names) > most:
        raise _invalid(f"Requests are limited to {most} {field} within a nested request.")
    for name in names:
        if name not in known:
            raise _invalid(f"Field {name} is not a valid {field[:-1]}.")
    if field == "metrics" and not names:
        raise _invalid("Requests must contain at least one metric.")
    return names


def _dates(asked: dict[str, Any]) -> tuple[date, date]:
    try:
        (span,) = asked["dateRanges"]
        return date.fromisoformat(span["startDate"]), date.fromisoformat(span["endDate"])
    except (KeyError, ValueError, TypeError):
        raise _invalid("dateRanges must hold one range of dates") from None


def _number(asked: dict[str, Any], name: str, usual: int) -> int:
    """Return a 64-bit number, which JSON writes as a text; a number is taken as well."""
    try:
        return int(asked.get(name, usual))
    except (TypeError, ValueError):
        raise _invalid(f"Invalid value at '{name}'") from None
