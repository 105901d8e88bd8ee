"""Google Ads' search stream over the simulated company, and its token endpoint.

Difficulties: three kinds of credentials, numbers that are text in one place and numbers in another,
zeros that are left out, and answers (or errors) that are lists of parts.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, parquet
from ingestion.sandbox.company.clock import TIME_ZONE
from ingestion.sandbox.company.contracts import CURRENCY

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

VERSION = "v22"
CALLS, WITHIN_SECONDS = 100, 60
TOKEN_SECONDS = 3599
# rows come in parts of ten thousand at the vendor; here in smaller ones, so that there are several
ROWS_PER_PART = 200
RATE_LIMITED = [
    {
        "error": {
            "code": 429,
            "message": "Resource has been exhausted (e.g. check quota).",
            "status": "RESOURCE_EXHAUSTED",
            "details": [
                {
                    "@type": "type.googleapis.com/google.ads.googleads.v22.errors.GoogleAdsFailure",
                    "errors": [
                        {
                            "errorCode": {"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"},
                            "message": "Too many requests. Retry in 5 seconds.",
                            "details": {"quotaErrorDetails": {"retryDelay": "5s"}},
                        }
                    ],
                }
            ],
        }
    }
]
_SPAN = re.compile(r"segments\.date BETWEEN '(\d{4}-\d\d-\d\d)' AND '(\d{4}-\d\d-\d\d)'")
_QUERY = re.compile(r"SELECT (?P<fields>.+) FROM (?P<resource>\w+)(?: WHERE .+)?(?: LIMIT \d+)?")


def settings(base_url: str, start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here."""
    return {
        "base_url": f"{base_url}/{VERSION}",
        "token_url": f"{base_url}/token",
        "start_date": start_date,
        "developer_token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
        "client_id": credentials.GOOGLE_ADS_CLIENT_ID,
        "client_secret": credentials.GOOGLE_ADS_CLIENT_SECRET,
        "refresh_token": credentials.GOOGLE_ADS_REFRESH_TOKEN,
        "customer_ids": credentials.GOOGLE_ADS_CUSTOMER_ID,
        "login_customer_id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
    }


def prepare(connection: duckdb.DuckDBPyConnection, folder: Path, _world: World) -> None:
    """Read the figures."""
    table = parquet(folder / "google_ads/campaign_days.parquet")
    connection.execute(f"create table campaign_days as from {table}")


def router(store: Store) -> Router:
    """Return the endpoints."""
    api = Api(store)
    return Router(
        [
            Route("/token", endpoint(api.token), methods=["POST"]),
            Route(
                f"/{VERSION}/customers/{{customer}}/googleAds:searchStream",
                endpoint(api.search),
                methods=["POST"],
            ),
        ],
        redirect_slashes=False,
    )


def _error(status: int, name: str, text: str, **code: str) -> Refusal:
    error: dict[str, Any] = {"code": status, "message": text, "status": name}
    if code:
        error["details"] = [
            {
                "@type": "type.googleapis.com/google.ads.googleads.v22.errors.GoogleAdsFailure",
                "errors": [{"errorCode": code, "message": text}],
            }
        ]
    return Refusal(status, [{"error": error}])


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(CALLS, WITHIN_SECONDS)
        # when each access token ends, by the store's clock
        self._tokens: dict[str, float] = {}

    def token(self, call: Call) -> Response:
        """Give an access token of an hour for the refresh token."""
        form = call.form()
        if form.get("grant_type") != "refresh_token":
            raise Refusal(400, {"error": "unsupported_grant_type"})
        if (form.get("client_id"), form.get("client_secret")) != (
            credentials.GOOGLE_ADS_CLIENT_ID,
            credentials.GOOGLE_ADS_CLIENT_SECRET,
        ):
            raise Refusal(401, {"error": "invalid_client", "error_description": "Unauthorized"})
        if form.get("refresh_token") != credentials.GOOGLE_ADS_REFRESH_TOKEN:
            raise Refusal(
                400,
                {
                    "error": "invalid_grant",
                    "error_description": "Token has been expired or revoked.",
                },
            )
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens[token] = self._store.clock() + TOKEN_SECONDS
        return JSONResponse(
            {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer"}
        )

    def search(self, call: Call) -> Response:
        """Answer a query."""
        self._enter(call)
        found = _QUERY.fullmatch(" ".join(str(call.json().get("query", "")).split()))
        if found is None:
            raise _error(
                400,
                "INVALID_ARGUMENT",
                "Request contains an invalid argument.",
                queryError="UNEXPECTED_INPUT",
            )
        fields = [name.strip() for name in found["fields"].split(",")]
        if found["resource"] == "customer":
            return JSONResponse([_part([_customer()], fields)])
        span = _SPAN.search(found.string)
        if found["resource"] != "campaign" or span is None:
            raise _error(
                400, "INVALID_ARGUMENT", "A finite date range is needed", queryError="BAD_QUERY"
            )
        rows = self._campaign_days(*span.groups())
        parts = [
            _part(rows[start : start + ROWS_PER_PART], fields)
            for start in range(0, len(rows), ROWS_PER_PART)
        ]
        return JSONResponse(parts)

    def _enter(self, call: Call) -> None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self._tokens.get(token, 0.0) <= self._store.clock():
            raise _error(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials.",
                authenticationError="OAUTH_TOKEN_EXPIRED",
            )
        if call.headers.get("developer-token") != credentials.GOOGLE_ADS_DEVELOPER_TOKEN:
            raise _error(
                401,
                "UNAUTHENTICATED",
                "The developer token is missing or wrong.",
                authenticationError="DEVELOPER_TOKEN_INVALID",
            )
        manager = call.headers.get("login-customer-id")
        if (
            call.path["customer"] != credentials.GOOGLE_ADS_CUSTOMER_ID
            or manager != credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID
        ):
            raise _error(
                403,
                "PERMISSION_DENIED",
                "The caller does not have permission",
                authorizationError="USER_PERMISSION_DENIED",
            )
        self._limit.spend(Refusal(429, RATE_LIMITED))

    def _campaign_days(self, first: str, last: str) -> list[dict[str, Any]]:
        found = self._store.database(prepare).execute(
            "select * from campaign_days where date between ? and ? and impressions > 0 "
            "order by campaign_id, date",
            [first, last],
        )
        names = [column[0] for column in found.description or []]
        return [_campaign_day(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def _part(rows: list[dict[str, Any]], fields: list[str]) -> dict[str, Any]:
    """Return a part of the answer; only what was selected is in it."""
    return {
        "results": [_selected(row, fields) for row in rows],
        "fieldMask": ",".join(fields),
        "requestId": "kR9d1",
    }


def _selected(row: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in fields:
        section, field = name.split(".", 1)
        word = re.sub(r"_(\w)", lambda found: found.group(1).upper(), field)
        if word in row.get(section, {}):
            shown.setdefault(
                section,
                {"resourceName": row[section]["resourceName"]}
                if "resourceName" in row[section]
                else {},
            )[word] = row[section][word]
    return shown


def _customer() -> dict[str, Any]:
    number = credentials.GOOGLE_ADS_CUSTOMER_ID
    return {
        "customer": {
            "resourceName": f"customers/{number}",
            "id": number,
            "descriptiveName": "Nordlicht",
            "currencyCode": CURRENCY,
            "timeZone": TIME_ZONE,
        }
    }


def _campaign_day(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row: whole numbers as text, fractions as numbers, nothing where there was none."""
    metrics: dict[str, Any] = {
        "impressions": str(row["impressions"]),
        "clicks": str(row["clicks"]) if row["clicks"] else None,
        "interactions": str(row["clicks"]) if row["clicks"] else None,
        "costMicros": str(row["cost_micros"]) if row["cost_micros"] else None,
        "conversions": row["conversions"] or None,
        "conversionsValue": row["conversions_value"] or None,
        "viewThroughConversions": str(row["view_through_conversions"]),
    }
    return {
        **_customer(),
        "campaign": {
            "resourceName": (
                f"customers/{credentials.GOOGLE_ADS_CUSTOMER_ID}/campaigns/{row['campaign_id']}"
            ),
            "id": row["campaign_id"],
            "name": row["campaign_name"],
            "status": row["status"],
            "advertisingChannelType": row["channel_type"],
        },
        "metrics": {name: value for name, value in metrics.items() if value is not None},
        "segments": {"date": row["date"]},
    }
