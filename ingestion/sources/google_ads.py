"""Google Ads: the impressions, cost and conversions of each campaign, day by day.

Figures are read by campaign. Performance-max campaigns have no ad groups, so a report by ad group
would silently leave out their cost.
"""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.hiding import learn
from ingestion.http import polling
from ingestion.http.auth import SecretAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import retry_after
from ingestion.settings import secret_text
from ingestion.toolkit.daily_windows import read_days
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Load, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import PreparedRequest

    from ingestion.http.responses import Answer
    from ingestion.toolkit.source import Page, Reader

LOOK_BACK_DAYS, LONGEST_LOOK_BACK = 30, 90
# a token is not used in its last minute
MARGIN_SECONDS = 60
ACCEPTED = (400, 403, 404, 429)
CUSTOMER = (
    "SELECT customer.id, customer.descriptive_name, customer.currency_code, customer.time_zone "
    "FROM customer LIMIT 1"
)
CAMPAIGN_DAYS = (
    "SELECT customer.id, customer.currency_code, campaign.id, campaign.name, campaign.status, "
    "campaign.advertising_channel_type, segments.date, metrics.impressions, metrics.clicks, "
    "metrics.interactions, metrics.cost_micros, metrics.conversions, metrics.conversions_value, "
    "metrics.view_through_conversions FROM campaign "
    "WHERE segments.date BETWEEN '{first}' AND '{last}'"
)


@configspec
class GoogleAdsSettings(SourceSettings):
    """Settings of the source; ``customer_ids`` is one ad account or several, with commas."""

    base_url: str = ""
    token_url: str = ""
    start_date: date | None = None
    lookback_days: int = LOOK_BACK_DAYS
    customer_ids: str = ""
    login_customer_id: str = ""
    developer_token: TSecretStrValue | None = None
    client_id: str = ""
    client_secret: TSecretStrValue | None = None
    refresh_token: TSecretStrValue | None = None

    def customers(self) -> list[str]:
        """Return the ad accounts without the dashes that the website shows."""
        given = [_digits(name) for name in self.customer_ids.split(",")]
        return [name for name in given if name]

    def check(self) -> None:
        """Refuse ids that are no numbers, and a look-back beyond what is ever restated."""
        for variable, ids in (
            ("CUSTOMER_IDS", self.customers()),
            ("LOGIN_CUSTOMER_ID", [_digits(self.login_customer_id)]),
        ):
            if any(name and not name.isdigit() for name in ids):
                raise KetteError(
                    "a customer id has ten digits",
                    where=f"SOURCES__GOOGLE_ADS__{variable}",
                    fix="Copy it from the top of the ads website, e.g. 123-456-7890",
                )
        if not 1 <= self.lookback_days <= LONGEST_LOOK_BACK:
            raise KetteError(
                f"the look-back must lie between 1 and {LONGEST_LOOK_BACK} days",
                where="SOURCES__GOOGLE_ADS__LOOKBACK_DAYS",
            )


def _digits(text: str) -> str:
    return text.strip().replace("-", "")


class GoogleAuth(SecretAuth):
    """Turns the refresh token into access tokens of an hour, and adds the headers Google wants."""

    def __init__(self, settings: GoogleAdsSettings) -> None:
        super().__init__(settings.developer_token, settings.client_secret, settings.refresh_token)
        self._settings = settings
        self._client = Client("google_ads", settings.token_url)
        self._token, self._ends = "", 0.0

    def header(self) -> str:
        """Return the value of the Authorization header."""
        if time.monotonic() >= self._ends:
            self._refresh()
        return f"Bearer {self._token}"

    def forget(self) -> None:
        """Have the next request signed with a new token."""
        self._ends = 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["developer-token"] = secret_text(self._settings.developer_token)
        manager = _digits(self._settings.login_customer_id)
        if manager:
            request.headers["login-customer-id"] = manager
        return super().__call__(request)

    def _refresh(self) -> None:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._settings.client_id,
            "client_secret": secret_text(self._settings.client_secret),
            "refresh_token": secret_text(self._settings.refresh_token),
        }
        answer = self._client.post(self._settings.token_url, data=form, accept=(400, 401))
        body = answer.json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if answer.status != HTTPStatus.OK or not token:
            said = self._client.shown(str(body.get("error") if isinstance(body, dict) else ""))
            raise CredentialsError(
                f"no access token is given ({said})",
                where="google_ads token",
                fix="Let an account owner consent again and set SOURCES__GOOGLE_ADS__REFRESH_TOKEN; "
                "tokens of apps in testing end after seven days",
            )
        self._token = str(token)
        learn(self._token)
        self._ends = time.monotonic() + int(body.get("expires_in") or 0) - MARGIN_SECONDS


def path(customer: str) -> str:
    """Return where an ad account's figures are asked for."""
    return f"/customers/{customer}/googleAds:searchStream"


class GoogleClient(Client):
    """A client whose access token is renewed once where it ends during a run."""

    def __init__(self, settings: GoogleAdsSettings) -> None:
        self.tokens = GoogleAuth(settings)
        super().__init__("google_ads", settings.base_url, self.tokens)

    def search(self, customer: str, query: str) -> Answer:
        """Ask in Google's query language."""
        try:
            return self.post(path(customer), {"query": query}, accept=ACCEPTED)
        except MissingRightError:
            raise
        except CredentialsError:
            self.tokens.forget()
            return self.post(path(customer), {"query": query}, accept=ACCEPTED)


def connect(settings: GoogleAdsSettings) -> GoogleClient:
    """Make the client of a run."""
    return GoogleClient(settings)


def search(reader: Reader, customer: str, query: str) -> list[dict[str, Any]]:
    """Return the rows that a query finds, of all parts of the answer."""
    client: Any = reader.client
    where = f"google_ads {customer}"
    answer = polling.ask(
        client,
        path(customer),
        lambda: client.search(customer, query),
        lambda found: _judge(client, found, where),
    )
    parts = answer.json()
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise IncompleteAnswerError(
            "the answer is no list of results", where=where, fix="Run again later"
        )
    return records(reader, [row for part in parts for row in part.get("results") or []])


def _judge(client: Client, answer: Answer, where: str) -> None:
    """Let an answer pass, or raise what its error means.

    What goes wrong in the middle of a stream can no longer change its status: it comes as a part.
    """
    error = _error(answer.json())
    status = answer.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        if error is None:
            return
        code = error.get("code")
        status = code if isinstance(code, int) else HTTPStatus.INTERNAL_SERVER_ERROR.value
    error = error or {}
    reasons = _reasons(error)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise polling.NotYet(
            ResumeLaterError(
                "the developer token's requests are used up for now",
                where=where,
                fix="Run again later: what was loaded stays, and it goes on from there",
            ),
            _retry_seconds(error, answer.headers),
        )
    shown = client.shown(", ".join(reasons) or str(error.get("message", "")))
    said = f"{status} {shown}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise polling.NotYet(
            UnreachableError(
                f"the vendor fails in the middle of an answer ({said})",
                where=where,
                fix="Run again later; what was loaded stays",
            )
        )
    if status == HTTPStatus.FORBIDDEN:
        raise MissingRightError(
            f"the ad account may not be read ({said})", where=where, fix=_advice(reasons)
        )
    raise KetteError(f"the vendor refuses the query ({said})", where=where)


def _error(body: Any) -> dict[str, Any] | None:
    """Return the first error among the parts of an answer; even one alone comes in a list."""
    parts = body if isinstance(body, list) else [body]
    found = next(
        (part["error"] for part in parts if isinstance(part, dict) and part.get("error")), None
    )
    return found if isinstance(found, dict) or found is None else {"message": str(found)}


def _reasons(error: dict[str, Any]) -> list[str]:
    """Return Google's names of what is wrong, e.g. USER_PERMISSION_DENIED."""
    return [
        str(name)
        for detail in error.get("details") or []
        if isinstance(detail, dict)
        for each in detail.get("errors") or []
        for name in (each.get("errorCode") or {}).values()
    ]


def _advice(reasons: list[str]) -> str:
    if "DEVELOPER_TOKEN_NOT_APPROVED" in reasons:
        return "The developer token reads test accounts only: apply for basic access"
    return (
        "Give the user of the refresh token access, or set SOURCES__GOOGLE_ADS__LOGIN_CUSTOMER_ID "
        "to the manager account through which it has it"
    )


def _retry_seconds(error: dict[str, Any], headers: Mapping[str, str]) -> float | None:
    """Return how long Google says to wait: in a header or deep in the details."""
    told = retry_after(headers)
    if told is not None:
        return told
    found = re.search(r"'retryDelay': '(\d+(?:\.\d+)?)s'", str(error.get("details") or ""))
    return float(found.group(1)) if found else None


def _customers(reader: Reader) -> list[dict[str, Any]]:
    """Return the ad accounts, asked for once a run."""
    if "customers" not in reader.shared:
        reader.shared["customers"] = [
            row["customer"]
            for name in reader.settings.customers()
            for row in search(reader, name, CUSTOMER)
        ]
    found: list[dict[str, Any]] = reader.shared["customers"]
    return found


def read_customers(reader: Reader) -> Iterator[Page]:
    """Yield the ad accounts: their currency and their time zone, which all figures are in."""
    yield [{"id": customer.get("id"), "payload": customer} for customer in _customers(reader)]


def read_campaign_days(reader: Reader) -> Iterator[Page]:
    """Yield the figures of each campaign and day."""
    customers = _customers(reader)
    if not customers:
        raise IncompleteAnswerError(
            "no ad account is shown", where="google_ads customers", fix="Run again later"
        )

    def figures(first: date, last: date) -> Iterator[Page]:
        for customer in customers:
            query = CAMPAIGN_DAYS.format(first=first, last=last)
            yield [_row(row) for row in search(reader, str(customer["id"]), query)]

    yield from read_days(
        reader,
        figures,
        last=max(
            reader.now.astimezone(ZoneInfo(customer["timeZone"])).date() for customer in customers
        ),
        lookback_days=reader.settings.lookback_days,
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "customer_id": row.get("customer", {}).get("id"),
        "campaign_id": row.get("campaign", {}).get("id"),
        "date": row.get("segments", {}).get("date"),
        "payload": row,
    }


LOAD = Load(
    source="google_ads",
    settings=GoogleAdsSettings,
    streams=(
        Stream(
            name="customers",
            primary_key=("id",),
            columns={"id": "text", "payload": "json"},
            description="An ad account: the currency and the time zone of its figures.",
            read=read_customers,
        ),
        Stream(
            name="campaign_days",
            primary_key=("customer_id", "campaign_id", "date"),
            columns={
                "customer_id": "text",
                "campaign_id": "text",
                "date": "date",
                "payload": "json",
            },
            description="What a campaign showed, cost and brought on a day of the account's calendar.",
            read=read_campaign_days,
            replace_by="date",
            guarded=True,
        ),
    ),
    description="Impressions, clicks, spend and conversions of campaigns at Google",
    owner="data_engineering",
    cron="50 5,17 * * *",
    fresh_within=timedelta(hours=26),
    credentials=(
        "developer_token",
        "client_id",
        "client_secret",
        "refresh_token",
        "customer_ids",
    ),
    connect=connect,
)
