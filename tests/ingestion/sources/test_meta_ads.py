"""Meta Ads: days that change for weeks, a last page with a cursor, errors behind other statuses."""

from __future__ import annotations

import gzip
import json
import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import (
    CredentialsError,
    IncompleteAnswerError,
    KetteError,
    MissingRightError,
    ResumeLaterError,
)
from ingestion.loading.run import run, source_status
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import meta_ads
from ingestion.sources.meta_ads.api import MetaAdsSettings
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, only, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "meta-token"
TODAY = date(2026, 6, 15)
ACCOUNT = "act_42"
HELD = "select date_start::text, payload->>'spend' from raw_meta_ads.insights order by 1, ad_id"


class Manager:
    """An ads manager in miniature: one row per ad and day, pages of two, reports on demand."""

    def __init__(self) -> None:
        self.spend: dict[tuple[str, str], str] = {}
        self.most_rows = 1000
        self.states = ["Job Running", "Job Completed"]
        self.looks = 0

    def add(self, *days: date, spend: str = "1.00", ad: str = "a1") -> None:
        """Let an ad cost something on some days."""
        self.spend.update({(str(day), ad): spend for day in days})

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return error(190, "Error validating access token")
        name = request.path.removeprefix("/")
        if name == ACCOUNT:
            return {"id": ACCOUNT, "currency": "EUR", "timezone_name": "Europe/Berlin"}
        if request.method == "POST":
            self.asked = request.body
            return {"report_run_id": "77"}
        if name == "77":
            state = self.states[min(self.looks, len(self.states) - 1)]
            self.looks += 1
            return {"id": "77", "async_status": state, "async_percent_completion": 100}
        asked = self.asked if name == "77/insights" else request.params
        span = json.loads(asked["time_range"])
        rows = [
            row(day, ad, spend)
            for (day, ad), spend in sorted(self.spend.items())
            if span["since"] <= day <= span["until"]
        ]
        if name != "77/insights" and len(rows) > self.most_rows:
            return error(1, "Please reduce the amount of data you're asking for", 500)
        start = int(request.params.get("after", 0))
        shown = rows[start : start + 2]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + 2)}}
        if start + 2 < len(rows):
            paging["next"] = f"https://elsewhere.example/?access_token={TOKEN}"
        return {"data": shown, "paging": paging}


def error(code: int | None, text: str, status: int = 400, **headers: str) -> Reply:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error": {"message": text, "code": code}}, status, names)


def row(day: str, ad: str, spend: str) -> dict[str, Any]:
    return {"account_id": "42", "campaign_id": "c1", "adset_id": "s1", "ad_id": ad,
            "date_start": day, "date_stop": day, "spend": spend}  # fmt: skip


def days_ago(*numbers: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in numbers]


@pytest.fixture
def manager() -> Manager:
    return Manager()


@pytest.fixture(autouse=True)
def vendor(manager: Manager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", str(TODAY))
    with serve(manager.answer) as emulator:
        monkeypatch.setenv("SOURCES__META_ADS__BASE_URL", emulator.url)
        monkeypatch.setenv("SOURCES__META_ADS__ACCESS_TOKEN", TOKEN)
        monkeypatch.setenv("SOURCES__META_ADS__ACCOUNT_IDS", "act_42")
        monkeypatch.setenv("SOURCES__META_ADS__START_DATE", "2026-04-01")
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = MetaAdsSettings(
        base_url=vendor.url,
        access_token=TOKEN,
        account_ids="42",
        start_date=date(2026, 4, 1),
    )
    return Reading(meta_ads.LOAD, settings)


def spans(vendor: Emulator) -> list[tuple[str, str]]:
    """Return which spans were asked for, each page of one once."""
    asked = [
        json.loads((request.params or {}).get("time_range") or request.body["time_range"])
        for request in vendor.requests
        if "time_range" in (request.params or request.body or {})
    ]
    return list(dict.fromkeys((span["since"], span["until"]) for span in asked))


def test_the_last_page_has_a_cursor_too_and_the_address_with_the_token_is_not_followed(
    manager: Manager, vendor: Emulator, reading: Reading
) -> None:
    manager.add(*days_ago(1, 2, 3, 4), ad="a1")
    assert len(reading.rows("insights")) == 4
    places = [request.params.get("after") for request in vendor.asked(f"/{ACCOUNT}/insights")]
    assert places == [None, None, None, "2"]
    assert all(TOKEN not in str(request.params) for request in vendor.requests)


def test_the_first_load_goes_month_by_month_up_to_today(reading: Reading, vendor: Emulator) -> None:
    reading.rows("insights")
    assert spans(vendor) == [
        ("2026-04-01", "2026-05-01"), ("2026-05-02", "2026-06-01"), ("2026-06-02", "2026-06-15"),
    ]  # fmt: skip


def test_later_loads_read_the_28_days_of_the_attribution_windows_again(
    reading: Reading, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.rows("insights")
    vendor.requests.clear()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    reading.rows("insights", reading.reader("insights", known=True))
    assert spans(vendor) == [("2026-05-19", "2026-06-16")]


def test_figures_older_than_the_vendor_keeps_are_not_asked_for(vendor: Emulator) -> None:
    settings = MetaAdsSettings(
        base_url=vendor.url, access_token=TOKEN, account_ids="42", start_date=date(2020, 1, 1)
    )
    reading = Reading(meta_ads.LOAD, settings)
    reader = reading.reader("insights")
    reading.rows("insights", reader)
    assert spans(vendor)[0][0] == "2023-06-01"
    notes = [note for chapter in reader.chapters for note in chapter.notes]
    assert "2023-06-01" in str(notes)


def test_what_is_too_much_at_once_is_read_as_a_report_once_it_is_whole(
    manager: Manager, vendor: Emulator, reading: Reading
) -> None:
    manager.add(*days_ago(1, 2, 3, 4, 5))
    manager.most_rows = 3
    # the percentage says 100 while the report still runs
    manager.states = ["Job Not Started", "Job Running", "Job Completed"]
    assert len(reading.rows("insights")) == 5
    assert len(vendor.asked("/77")) == 3
    assert len(vendor.asked("/77/insights")) == 3


def test_a_report_that_fails_or_is_never_made_takes_nothing_for_whole(
    manager: Manager, reading: Reading
) -> None:
    manager.add(*days_ago(1, 2))
    manager.most_rows = 1
    manager.states = ["Job Failed"]
    with pytest.raises(IncompleteAnswerError, match="report failed"):
        reading.rows("insights")
    manager.states = ["Job Running"]
    with pytest.raises(ResumeLaterError, match="not ready"):
        reading.rows("insights")


def test_what_is_too_much_even_for_a_report_is_said(
    manager: Manager, vendor: Emulator, reading: Reading
) -> None:
    manager.add(*days_ago(1, 2))
    manager.most_rows = 1

    def respond(request: Request) -> Any:
        if request.path == "/77/insights":
            return error(100, "Please reduce the amount of data", 400)
        return manager.answer(request)

    vendor.answer = respond
    with pytest.raises(KetteError, match="--from DATE"):
        reading.rows("insights")


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"error": {"code": 4}}, 429, {"Retry-After": "2"}),
        error(1, "An unknown error occurred", 500),
        error(2, "Service temporarily unavailable", 400),
        Reply(b"oops", 502),
        Reply({}, reset=True),
        Reply(b"<html>Maintenance</html>"),
        Reply({"error": {"message": "odd", "code": 1}}),
        Reply(gzip.compress(json.dumps({"data": []}).encode())[:-9],
              headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429", "code 1", "code 2", "502", "reset", "web page", "error with 200", "cut gzip"],
)  # fmt: skip
def test_a_passing_fault_costs_no_day(
    manager: Manager, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    manager.add(*days_ago(1, 2, 3, 70))
    vendor.faults.update(dict.fromkeys(range(1, 9, 2), fault))
    assert len(reading.rows("insights")) == 4


def test_a_repeating_cursor_ends_the_read(vendor: Emulator, reading: Reading) -> None:
    def respond(request: Request) -> Any:
        if request.path == f"/{ACCOUNT}":
            return {"id": ACCOUNT, "timezone_name": "UTC"}
        return {"data": [], "paging": {"cursors": {"after": "x"}, "next": "https://x.example"}}

    vendor.answer = respond
    with pytest.raises(IncompleteAnswerError, match="cursor"):
        reading.rows("insights")


def test_an_expired_token_and_a_missing_right_are_told_apart_and_no_token_is_shown(
    vendor: Emulator, reading: Reading
) -> None:
    settings = MetaAdsSettings(base_url=vendor.url, access_token="another", account_ids="42")
    with pytest.raises(CredentialsError, match="ACCESS_TOKEN") as refused:
        Reading(meta_ads.LOAD, settings).rows("accounts")
    assert "another" not in str(refused.value)
    vendor.faults[2] = error(200, "Ad account owner has NOT grant ads_read", 403)
    with pytest.raises(MissingRightError, match="ads_read"):
        reading.rows("accounts")


@pytest.mark.parametrize(("name", "value"), [("ACCOUNT_IDS", "my account"), ("LOOKBACK_DAYS", "0")])
def test_a_setting_of_the_wrong_form_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SOURCES__META_ADS__{name}", value)
    status = source_status(meta_ads.LOAD)
    assert (status.state, name in status.reason) == ("broken", True)


# ------------------------------------------------------------------------------------ the warehouse


def test_a_day_that_is_restated_within_the_window_is_replaced_and_an_older_one_stays(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.add(*days_ago(1, 20, 40), spend="5.00")
    run(meta_ads.LOAD)
    manager.add(*days_ago(1, 20, 40), spend="4.00")
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(meta_ads.LOAD)
    assert stored(HELD) == [("2026-05-06", "5.00"), ("2026-05-26", "4.00"), ("2026-06-14", "4.00")]


def test_a_row_that_is_gone_from_a_day_is_gone_here_but_an_emptied_day_is_held_back_once(
    manager: Manager,
) -> None:
    (yesterday, before) = days_ago(1, 2)
    manager.add(yesterday, before, ad="a1")
    manager.add(before, ad="a2")
    run(meta_ads.LOAD)
    del manager.spend[str(before), "a2"], manager.spend[str(yesterday), "a1"]
    (_, found) = run(meta_ads.LOAD)
    assert [day for day, _ in stored(HELD)] == [str(before), str(yesterday)]
    assert "held back" in found.note
    run(meta_ads.LOAD)
    assert [day for day, _ in stored(HELD)] == [str(before)]


def test_a_first_load_that_is_cut_goes_on_from_the_last_whole_month(
    manager: Manager, vendor: Emulator
) -> None:
    manager.add(*days_ago(1, 30, 70))
    # the account and the first two months come; then nothing does
    vendor.faults.update(dict.fromkeys(range(4, 12), Reply(b"", 502)))
    with pytest.raises(KetteError, match="insights"):
        run(only(meta_ads.LOAD, "insights"))
    assert len(stored(HELD)) == 2
    vendor.requests.clear()
    vendor.faults.clear()
    run(only(meta_ads.LOAD, "insights"))
    assert len(stored(HELD)) == 3
    assert spans(vendor)[0][0] > "2026-05-01"


def test_a_bad_record_is_quarantined_and_the_ledger_closes(
    manager: Manager, vendor: Emulator
) -> None:
    manager.add(*days_ago(1))

    def respond(request: Request) -> Any:
        body = manager.answer(request)
        if isinstance(body, dict) and body.get("data"):
            body["data"] += ["no object", {**row(str(TODAY), "a9", "1"), "ad_id": None}]
        return body

    vendor.answer = respond
    (_, found) = run(meta_ads.LOAD)
    assert (found.seen, found.loaded, found.quarantined) == (3, 1, 2)


# ----------------------------------------------------------------------------- the whole company


def test_a_whole_company_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, until = secrets.randbelow(100_000), date(2026, 6, 1)
    world.generate(tmp_path, customers=200, months=6, seed=seed, until=until)
    told = duckdb.sql(
        f"""select date, ad_id, impressions, clicks, spend_cents
        from '{tmp_path}/meta_ads/insights.parquet' order by all"""
    ).fetchall()
    found = """select date_start::text, ad_id, (payload->>'impressions')::int,
        (payload->>'clicks')::int, round(100 * (payload->>'spend')::decimal(18, 2))::int
        from raw_meta_ads.insights order by all"""
    with serve_in_thread(tmp_path) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": str(until)}.items():
            monkeypatch.setenv(name, value)
        run(meta_ads.LOAD)
        assert stored(found) == told, f"--seed {seed}"
        before = len(sandbox.requests)
        assert [each.note for each in run(meta_ads.LOAD)] == ["", ""]
        assert len(sandbox.requests) - before <= 3
        assert stored(found) == told
        assert len(told) > 500
