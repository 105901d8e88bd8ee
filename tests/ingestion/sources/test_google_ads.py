"""Google Ads: tokens of an hour, answers in parts, conversions that are dated back."""

from __future__ import annotations

import gzip
import json
import re
import secrets
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import (
    CredentialsError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
    UnreachableError,
)
from ingestion.loading.run import run, source_status
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import google_ads
from ingestion.sources.google_ads import GoogleAdsSettings
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = date(2026, 6, 15)
SETTINGS = {
    "developer_token": "dev-token", "client_id": "client", "client_secret": "hush",
    "refresh_token": "refresh", "customer_ids": "123-456-7890", "login_customer_id": "999-000-1111",
    "start_date": "2026-04-01",
}  # fmt: skip
HELD = """select date::text, payload->'metrics'->>'conversions' from raw_google_ads.campaign_days
    order by all"""


class Ads:
    """An ad account in miniature: one campaign, its days in parts of two rows."""

    def __init__(self) -> None:
        self.conversions: dict[str, float] = {}
        self.zone = "Europe/Berlin"
        self.tokens = 0
        self.expired = False

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.path == "/token":
            if request.body.get("refresh_token") != "refresh":
                return Reply({"error": "invalid_grant"}, 400)
            self.tokens += 1
            self.expired = False
            return {"access_token": f"ya29.{self.tokens}", "expires_in": 3599}
        if request.headers.get("Authorization") != f"Bearer ya29.{self.tokens}" or self.expired:
            return failure(401, "UNAUTHENTICATED", "OAUTH_TOKEN_EXPIRED")
        if request.headers.get("login-customer-id") != "9990001111":
            return failure(403, "PERMISSION_DENIED", "USER_PERMISSION_DENIED")
        customer = {"id": "1234567890", "currencyCode": "EUR", "timeZone": self.zone}
        query = request.body["query"]
        if "FROM customer" in query:
            return [{"results": [{"customer": customer}]}]
        first, last = re.findall(r"'(\d{4}-\d\d-\d\d)'", query)
        rows = [
            {"customer": customer, "campaign": {"id": "7"}, "segments": {"date": day},
             "metrics": {"conversions": value, "impressions": "10"}}
            for day, value in sorted(self.conversions.items()) if first <= day <= last
        ]  # fmt: skip
        return [{"results": rows[place : place + 2]} for place in range(0, len(rows), 2)]


def failure(status: int, name: str, reason: str, **details: Any) -> Reply:
    """Return an error as the stream sends it: within a list."""
    errors = [{"errorCode": {"someError": reason}, "details": details}]
    error = {"code": status, "status": name, "message": name, "details": [{"errors": errors}]}
    return Reply([{"error": error}], status)


def days_ago(number: int) -> str:
    return str(TODAY - timedelta(days=number))


def spans(vendor: Emulator) -> list[list[str]]:
    """Return which days were asked for."""
    queries = [request.body["query"] for request in vendor.requests if "query" in request.body]
    found = [re.findall(r"'(\d{4}-\d\d-\d\d)'", query) for query in queries]
    return [span for span in found if span]


@pytest.fixture
def ads() -> Ads:
    return Ads()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits of the test; none is waited, the clock moves instead."""
    found: list[float] = []
    monkeypatch.setattr("ingestion.http.client.sleep", found.append)
    monkeypatch.setattr("ingestion.http.rate_limits.clock", lambda: 1_000_000.0 + sum(found))
    return found


@pytest.fixture(autouse=True)
def vendor(ads: Ads, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    assert waits == []
    monkeypatch.setenv("KETTE_TODAY", str(TODAY))
    with serve(ads.answer) as emulator:
        addresses = {"base_url": emulator.url, "token_url": f"{emulator.url}/token"}
        for name, value in {**SETTINGS, **addresses}.items():
            monkeypatch.setenv(f"SOURCES__GOOGLE_ADS__{name.upper()}", value)
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    given: dict[str, Any] = {**SETTINGS, "start_date": date(2026, 4, 1)}
    settings = GoogleAdsSettings(base_url=vendor.url, token_url=f"{vendor.url}/token", **given)
    return Reading(google_ads.LOAD, settings)


def test_the_answers_parts_are_put_together(ads: Ads, reading: Reading) -> None:
    ads.conversions.update({days_ago(number): 1.0 for number in range(1, 6)})
    assert len(reading.rows("campaign_days")) == 5


def test_developer_token_and_manager_go_along_without_dashes(
    vendor: Emulator, reading: Reading
) -> None:
    (account,) = reading.rows("customers")
    assert account["id"] == "1234567890"
    asked = vendor.requests[-1]
    assert asked.path == "/customers/1234567890/googleAds:searchStream"
    assert asked.headers["developer-token"] == "dev-token"


def test_a_token_that_ends_during_a_run_is_renewed_once(
    ads: Ads, vendor: Emulator, reading: Reading
) -> None:
    ads.conversions[days_ago(1)] = 1.0
    reader = reading.reader("campaign_days")
    reading.rows("customers", reader)
    ads.expired = True
    assert len(reading.rows("campaign_days", reader)) == 1
    assert (ads.tokens, len(vendor.asked("/token"))) == (2, 2)


def test_a_token_is_not_used_in_its_last_minute(
    ads: Ads, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reading.reader("customers")
    reading.rows("customers", reader)
    later = google_ads.time.monotonic() + 3599 - 59
    monkeypatch.setattr("ingestion.sources.google_ads.time.monotonic", lambda: later)
    reading.shared.clear()
    reading.rows("customers", reader)
    assert ads.tokens == 2


def test_a_refresh_token_that_is_revoked_is_named_but_not_shown(vendor: Emulator) -> None:
    given: dict[str, Any] = {**SETTINGS, "refresh_token": "gone-one", "start_date": None}
    settings = GoogleAdsSettings(base_url=vendor.url, token_url=f"{vendor.url}/token", **given)
    with pytest.raises(CredentialsError, match=r"invalid_grant.*REFRESH_TOKEN") as refused:
        Reading(google_ads.LOAD, settings).rows("customers")
    assert "gone-one" not in str(refused.value)


def test_a_missing_manager_account_is_told_by_the_error_within_a_list(
    vendor: Emulator, reading: Reading
) -> None:
    vendor.faults[2] = failure(403, "PERMISSION_DENIED", "USER_PERMISSION_DENIED")
    with pytest.raises(MissingRightError, match=r"USER_PERMISSION_DENIED.*LOGIN_CUSTOMER_ID"):
        reading.rows("customers")
    vendor.faults[4] = failure(403, "PERMISSION_DENIED", "DEVELOPER_TOKEN_NOT_APPROVED")
    with pytest.raises(MissingRightError, match="basic access"):
        reading.rows("customers")


def test_the_wait_of_a_quota_error_stands_deep_in_the_answer(
    ads: Ads, vendor: Emulator, reading: Reading, waits: list[float]
) -> None:
    ads.conversions[days_ago(1)] = 1.0
    reason, told = "RESOURCE_TEMPORARILY_EXHAUSTED", {"retryDelay": "7s"}
    vendor.faults[3] = failure(429, "RESOURCE_EXHAUSTED", reason, quotaErrorDetails=told)
    assert len(reading.rows("campaign_days")) == 1
    assert waits == [7.0]
    told["retryDelay"] = "5400s"
    vendor.faults[len(vendor.requests) + 2] = failure(
        429, "RESOURCE_EXHAUSTED", reason, quotaErrorDetails=told
    )
    reading.shared.clear()
    with pytest.raises(ResumeLaterError, match="90 minutes"):
        reading.rows("customers")


def test_a_wait_may_be_told_as_a_date(
    ads: Ads, vendor: Emulator, reading: Reading, waits: list[float]
) -> None:
    ads.conversions[days_ago(1)] = 1.0
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
    vendor.faults[3] = Reply([{"error": {"code": 429}}], 429, {"Retry-After": until})
    assert len(reading.rows("campaign_days")) == 1
    assert 1700 < sum(waits) <= 1800


def test_a_query_that_is_refused_says_why(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[2] = failure(400, "INVALID_ARGUMENT", "UNRECOGNIZED_FIELD")
    with pytest.raises(KetteError, match="400 UNRECOGNIZED_FIELD"):
        reading.rows("customers")


def part(status: int, name: str, reason: str) -> dict[str, Any]:
    """Return an error as it comes once a stream has begun: as a part behind the others."""
    return dict(failure(status, name, reason).body[0])


@pytest.mark.parametrize(
    ("status", "name", "reason"),
    [(500, "INTERNAL", "INTERNAL_ERROR"), (503, "UNAVAILABLE", "TRANSIENT_ERROR"),
     (429, "RESOURCE_EXHAUSTED", "RESOURCE_TEMPORARILY_EXHAUSTED")],
)  # fmt: skip
def test_an_answer_that_ends_in_a_passing_error_is_asked_for_again(
    ads: Ads, vendor: Emulator, reading: Reading, status: int, name: str, reason: str
) -> None:
    ads.conversions.update({days_ago(number): 1.0 for number in range(1, 4)})
    # a token, the account, and then the figures
    vendor.faults[3] = Reply([{"results": [{"segments": {"date": days_ago(3)}}]},
                              part(status, name, reason)])  # fmt: skip
    assert len(reading.rows("campaign_days")) == 3


def test_an_answer_that_always_ends_in_an_error_covers_no_day(
    vendor: Emulator, reading: Reading
) -> None:
    broken = Reply([{"results": []}, part(500, "INTERNAL", "INTERNAL_ERROR")])
    vendor.faults.update(dict.fromkeys(range(3, 20), broken))
    reader = reading.reader("campaign_days")
    with pytest.raises(UnreachableError, match="500 INTERNAL_ERROR"):
        reading.rows("campaign_days", reader)
    assert (reader.chapter.covered, reader.state) == ({}, {})


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [(part(400, "INVALID_ARGUMENT", "UNRECOGNIZED_FIELD"), KetteError, "400 UNRECOGNIZED_FIELD"),
     (part(403, "PERMISSION_DENIED", "USER_PERMISSION_DENIED"), MissingRightError, "403 USER_"),
     ({"error": "the stream broke"}, UnreachableError, "the stream broke")],
)  # fmt: skip
def test_an_error_behind_other_parts_means_what_its_status_says(
    vendor: Emulator, reading: Reading, error: dict[str, Any], kind: type[KetteError], said: str
) -> None:
    vendor.faults.update(dict.fromkeys(range(2, 20), Reply([{"results": []}, error])))
    with pytest.raises(kind, match=said):
        reading.rows("customers")


def test_days_end_at_the_accounts_midnight(ads: Ads, vendor: Emulator, reading: Reading) -> None:
    # at midnight UTC it is already eleven in the morning in Auckland, and still yesterday in Lima
    for zone, day in (("Pacific/Auckland", "2026-06-15"), ("America/Lima", "2026-06-14")):
        ads.zone = zone
        reading.shared.clear()
        reading.states.clear()
        vendor.requests.clear()
        reading.rows("campaign_days")
        assert spans(vendor)[-1][1] == day


def test_conversions_are_dated_back_so_that_30_days_are_read_again(
    vendor: Emulator, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.rows("campaign_days")
    vendor.requests.clear()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    reading.rows("campaign_days", reading.reader("campaign_days", known=True))
    (span,) = spans(vendor)
    # the account's own day is 15 June until two in the morning of the next one, UTC
    assert (date.fromisoformat(span[0]) - date.fromisoformat(span[1])).days == -30


@pytest.mark.parametrize(
    "fault",
    [
        Reply([{"error": {"code": 429}}], 429, {"Retry-After": "2"}),
        Reply(b"oops", 502),
        Reply([{"error": {"code": 503}}], 503),
        Reply([], reset=True),
        Reply(b"<html>Maintenance</html>"),
        Reply(gzip.compress(json.dumps([]).encode())[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429", "502", "503", "reset", "web page", "cut gzip"],
)
def test_a_passing_fault_costs_no_day(
    ads: Ads, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    ads.conversions.update({days_ago(number): 1.0 for number in (1, 2, 3, 70)})
    vendor.faults.update(dict.fromkeys(range(2, 9, 2), fault))
    assert len(reading.rows("campaign_days")) == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [("CUSTOMER_IDS", "my account"), ("LOGIN_CUSTOMER_ID", "x"), ("LOOKBACK_DAYS", "91")],
)
def test_a_setting_of_the_wrong_form_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SOURCES__GOOGLE_ADS__{name}", value)
    status = source_status(google_ads.LOAD)
    assert (status.state, name in status.reason) == ("broken", True)


# ------------------------------------------------------------------------------------ the warehouse


def test_a_day_that_is_restated_within_the_window_is_replaced_and_an_older_one_stays(
    ads: Ads, monkeypatch: pytest.MonkeyPatch
) -> None:
    ads.conversions.update({days_ago(number): 1.0 for number in (1, 25, 40)})
    run(google_ads.LOAD)
    ads.conversions.update({days_ago(number): 2.5 for number in (1, 25, 40)})
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(google_ads.LOAD)
    assert stored(HELD) == [(days_ago(40), "1.0"), (days_ago(25), "2.5"), (days_ago(1), "2.5")]


def test_a_first_load_that_is_cut_goes_on_from_the_last_whole_month(
    ads: Ads, vendor: Emulator
) -> None:
    ads.conversions.update({days_ago(number): 1.0 for number in (1, 30, 70)})
    # token, account and two months come; then nothing does
    vendor.faults.update(dict.fromkeys(range(5, 12), Reply(b"", 502)))
    with pytest.raises(KetteError, match="campaign_days"):
        run(google_ads.LOAD)
    assert len(stored(HELD)) == 2
    vendor.requests.clear()
    vendor.faults.clear()
    run(google_ads.LOAD)
    assert len(stored(HELD)) == 3
    assert spans(vendor)[0][0] > "2026-05-01"


def test_a_bad_record_is_quarantined_and_the_ledger_closes(ads: Ads, vendor: Emulator) -> None:
    ads.conversions[days_ago(1)] = 1.0

    def respond(request: Request) -> Any:
        body = ads.answer(request)
        if isinstance(body, list) and "segments" in str(body):
            body[0]["results"] += ["no object", {"campaign": {}, "segments": {"date": "soon"}}]
        return body

    vendor.answer = respond
    (_, found) = run(google_ads.LOAD)
    assert (found.seen, found.loaded, found.quarantined) == (3, 1, 2)


# ----------------------------------------------------------------------------- the whole company


def test_a_whole_company_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, until = secrets.randbelow(100_000), date(2026, 6, 1)
    world.generate(tmp_path, customers=200, months=6, seed=seed, until=until)
    told = duckdb.sql(
        f"""select date, campaign_id, impressions, clicks, cost_micros, conversions
        from '{tmp_path}/google_ads/campaign_days.parquet' where impressions > 0 order by all"""
    ).fetchall()
    metric = "coalesce((payload->'metrics'->>'{}')::{}, 0)"
    found = f"""select date::text, campaign_id, {metric.format("impressions", "bigint")},
        {metric.format("clicks", "bigint")}, {metric.format("costMicros", "bigint")},
        {metric.format("conversions", "double")}
        from raw_google_ads.campaign_days order by all"""
    with serve_in_thread(tmp_path) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": str(until)}.items():
            monkeypatch.setenv(name, value)
        run(google_ads.LOAD)
        assert stored(found) == told, f"--seed {seed}"
        before = len(sandbox.requests)
        assert [each.note for each in run(google_ads.LOAD)] == ["", ""]
        assert len(sandbox.requests) - before <= 3
        assert stored(found) == told
        assert len(told) > 300
