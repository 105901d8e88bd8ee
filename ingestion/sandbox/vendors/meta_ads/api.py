"""Meta's Graph API for ad insights, over the simulated company: ``GET /v24.0/act_<id>/insights``.

Difficulties: numbers are text, the last page has a cursor too, error statuses are misleading, and large
requests must be made as a report.
"""

from __future__ import annotations

import base64
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, parquet
from ingestion.sandbox.company.clock import TIME_ZONE, add_months
from ingestion.sandbox.company.contracts import CURRENCY

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

VERSION = "v24.0"
CALLS, WITHIN_SECONDS = 200, 60
USUAL_PAGE, LARGEST_PAGE = 25, 500
MONTHS_KEPT = 37
# so many rows are too many for an answer while one waits
TOO_MANY_ROWS = 20_000
# a report is ready at the third look; the percentage says so one look early
LOOKS = (("Job Not Started", 0), ("Job Running", 100), ("Job Completed", 100))
ACCOUNT = f"act_{credentials.META_ADS_ACCOUNT_ID}"
KEYS = ("campaign_id", "adset_id", "ad_id")
RATE_LIMITED = {
    "error": {
        "message": "(#80004) There have been too many calls to this ad-account.",
        "type": "OAuthException",
        "code": 80004,
        "error_subcode": 2446079,
        "fbtrace_id": "AbCdEf",
    }
}


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": f"{base_url}/{VERSION}",
        "start_date": start_date,
        "account_ids": credentials.META_ADS_ACCOUNT_ID,
        "access_token": credentials.META_ADS_ACCESS_TOKEN,
    }


def prepare(connection: duckdb.DuckDBPyConnection, folder: Path, _world: World) -> None:
    """Read the figures."""
    table = parquet(folder / "meta_ads/insights.parquet")
    connection.execute(f"create table insights as from {table}")


def router(store: Store) -> Router:
    """Return the endpoints."""
    api = Api(store)
    return Router(
        [
            Route(f"/{VERSION}/{{node}}", endpoint(api.node), methods=["GET"]),
            Route(f"/{VERSION}/{{node}}/insights", endpoint(api.insights), methods=["GET"]),
            Route(f"/{VERSION}/{{node}}/insights", endpoint(api.begin), methods=["POST"]),
        ],
        redirect_slashes=False,
    )


def _error(status: int, code: int, text: str, kind: str = "OAuthException") -> Refusal:
    return Refusal(
        status, {"error": {"message": text, "type": kind, "code": code, "fbtrace_id": "AbCdEf"}}
    )


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(CALLS, WITHIN_SECONDS)
        self._reports: dict[str, dict[str, str]] = {}
        self._looks: dict[str, int] = {}

    def _enter(self, call: Call, params: dict[str, str]) -> None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if (token or params.get("access_token")) != credentials.META_ADS_ACCESS_TOKEN:
            raise _error(400, 190, "Error validating access token: Session has expired")
        wait = self._limit.take()
        if wait is not None:
            minutes = int(wait // 60) + 1
            usage = {
                credentials.META_ADS_ACCOUNT_ID: [
                    {"type": "ads_insights", "estimated_time_to_regain_access": minutes}
                ]
            }
            header = {"X-Business-Use-Case-Usage": json.dumps(usage)}
            raise Refusal(400, RATE_LIMITED, header)

    def node(self, call: Call) -> Response:
        """Answer what an ad account is, or how far a report has come."""
        self._enter(call, dict(call.params))
        name = call.path["node"]
        if name in self._reports:
            look = min(self._looks.get(name, 0), len(LOOKS) - 1)
            self._looks[name] = look + 1
            status, percent = LOOKS[look]
            return JSONResponse(
                {"id": name, "async_status": status, "async_percent_completion": percent}
            )
        if name != ACCOUNT:
            raise _error(400, 100, f"Unsupported get request. Object '{name}' does not exist")
        known = {
            "id": ACCOUNT,
            "account_id": credentials.META_ADS_ACCOUNT_ID,
            "name": "Nordlicht",
            "currency": CURRENCY,
            "timezone_name": TIME_ZONE,
            "account_status": 1,
        }
        wanted = ["id", *call.params.get("fields", "account_id").split(",")]
        return JSONResponse({name: known[name] for name in known if name in wanted})

    def begin(self, call: Call) -> Response:
        """Begin a report."""
        params = {**call.params, **call.form()}
        self._enter(call, params)
        self._rows(call.path["node"], params)
        number = str(6_000_000_000_000 + len(self._reports))
        self._reports[number] = params
        return JSONResponse({"report_run_id": number})

    def insights(self, call: Call) -> Response:
        """Answer a page of figures, of an account or of a report."""
        params = dict(call.params)
        self._enter(call, params)
        node = call.path["node"]
        if node in self._reports:
            if self._looks.get(node, 0) < len(LOOKS):
                raise _error(400, 2601, "Error loading async session: it is not completed")
            rows = self._rows(ACCOUNT, self._reports[node])
            asked = self._reports[node]
        else:
            rows, asked = self._rows(node, params), params
            if len(rows) > TOO_MANY_ROWS:
                raise _error(
                    500, 1, "Please reduce the amount of data you're asking for, then retry"
                )
        size = min(int(params.get("limit", USUAL_PAGE)), LARGEST_PAGE)
        start = _place(params.get("after"))
        page = rows[start : start + size]
        fields = [*asked.get("fields", "impressions,spend").split(","), "date_start", "date_stop"]
        body: dict[str, Any] = {"data": [_shown(row, fields) for row in page]}
        if page:
            cursors = {"before": _cursor(start), "after": _cursor(start + len(page))}
            body["paging"] = {"cursors": cursors}
            if start + len(page) < len(rows):
                body["paging"]["next"] = (
                    f"https://graph.facebook.com/{VERSION}/{node}/insights?"
                    f"access_token={credentials.META_ADS_ACCESS_TOKEN}&after={cursors['after']}"
                )
        return JSONResponse(body)

    def _rows(self, node: str, params: dict[str, str]) -> list[dict[str, Any]]:
        if node != ACCOUNT:
            raise _error(403, 200, "Ad account owner has NOT grant ads_read permission")
        if params.get("level") != "ad" or params.get("time_increment") != "1":
            raise _error(400, 100, "Nordlicht's sandbox knows level=ad and time_increment=1")
        since, until = _span(params.get("time_range", ""))
        if since < add_months(self._store.world().until, -MONTHS_KEPT):
            raise _error(400, 3018, "The start date of the time range cannot be beyond 37 months")
        found = self._store.database(prepare).execute(
            "select * from insights where date between ? and ? "
            "order by campaign_id, adset_id, ad_id, date",
            [str(since), str(until)],
        )
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _span(text: str) -> tuple[date, date]:
    try:
        span = json.loads(text)
        since, until = date.fromisoformat(span["since"]), date.fromisoformat(span["until"])
    except (ValueError, KeyError, TypeError):
        raise _error(400, 100, "(#100) time_range must hold since and until") from None
    if since > until:
        raise _error(400, 100, "(#100) since must lie before until")
    return since, until


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(f"row{place}".encode()).decode()


def _place(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("row"))
    except ValueError:
        raise _error(400, 100, "(#100) invalid cursor") from None


def _shown(row: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """Return a row as the vendor writes it: numbers as text, nothing for what did not occur."""
    counts = {
        "post_reaction": row["reactions"],
        "comment": row["comments"],
        "post": row["shares"],
        "link_click": row["link_clicks"],
        # one registration is counted under three names
        "complete_registration": row["registrations"],
        "offsite_conversion.fb_pixel_complete_registration": row["registrations"],
        "omni_complete_registration": row["registrations"],
    }
    actions = [
        {"action_type": name, "value": str(count)} for name, count in counts.items() if count
    ]
    frequency = row["impressions"] / row["reach"]
    whole = {
        "account_id": credentials.META_ADS_ACCOUNT_ID,
        "account_currency": CURRENCY,
        **{name: row[name] for name in KEYS},
        **{name: row[name] for name in ("campaign_name", "adset_name", "ad_name")},
        "objective": "OUTCOME_LEADS",
        "impressions": str(row["impressions"]),
        "reach": str(row["reach"]),
        "frequency": f"{frequency:.6f}",
        "clicks": str(row["clicks"]),
        "unique_clicks": str(row["unique_clicks"]),
        "spend": f"{row['spend_cents'] / 100:.2f}",
        "date_start": row["date"],
        "date_stop": row["date"],
    }
    if row["link_clicks"]:
        whole["inline_link_clicks"] = str(row["link_clicks"])
    if actions:
        whole["actions"] = actions
    return {name: value for name, value in whole.items() if name in fields}
