"""The Data API: pages to the end, quotas, and what its figures are not."""

from __future__ import annotations

import gzip
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from ingestion.errors import CredentialsError, IncompleteAnswerError, ResumeLaterError
from ingestion.loading.run import run
from ingestion.sources.ga4 import LOAD, reports
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import Emulator, Reply, Request, only, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import StreamResult

TOKEN, PROPERTY = "ya29.access", 4711
OUT_OF_TOKENS = {
    "error": {
        "code": 429,
        "message": "Exhausted property tokens for a project per hour. These quota tokens will "
        "return in under an hour.",
        "status": "RESOURCE_EXHAUSTED",
    }
}
ROWS = "select * exclude (_dlt_load_id, _dlt_id) from raw_ga4.report_days order by all"


class Property:
    """A property's figures by day, channel group and medium, and how its API answers."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self.metadata: dict[str, Any] = {"timeZone": "Europe/Berlin", "currencyCode": "EUR"}
        self.token = TOKEN
        self.assertions: list[str] = []
        self.expires = 3599

    def add(self, day: str, channel: str, *values: str, medium: str = "(none)") -> None:
        """Set a row."""
        self.rows[day.replace("-", ""), channel, medium] = values or ("5", "4", "20", "1")

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does: every value is a text, and an empty page has no rows."""
        if request.path == "/token":
            self.assertions.append(request.body["assertion"])
            return {"access_token": self.token, "expires_in": self.expires}
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply({"error": {"code": 401, "status": "UNAUTHENTICATED"}}, 401)
        if request.path != f"/v1beta/properties/{PROPERTY}:runReport":
            return Reply({"error": {"code": 403, "status": "PERMISSION_DENIED"}}, 403)
        asked = request.body
        assert isinstance(asked["limit"], str)
        assert isinstance(asked["offset"], str)
        (span,) = asked["dateRanges"]
        first, last = (span[name].replace("-", "") for name in ("startDate", "endDate"))
        found = [key for key in sorted(self.rows) if first <= key[0] <= last]
        shown = found[int(asked["offset"]) :][: int(asked["limit"])]
        body: dict[str, Any] = {
            "dimensionHeaders": asked["dimensions"],
            "metricHeaders": asked["metrics"],
            "rowCount": len(found),
            "metadata": self.metadata,
            "kind": "analyticsData#runReport",
        }
        if shown:
            body["rows"] = [
                {
                    "dimensionValues": [{"value": cell} for cell in key],
                    "metricValues": [{"value": cell} for cell in self.rows[key]],
                }
                for key in shown
            ]
        return body


@pytest.fixture
def shown() -> Property:
    """Return a property with one row a day for five days."""
    found = Property()
    for day in range(20, 25):
        found.add(f"2026-05-{day}", "Direct")
    return found


@pytest.fixture(autouse=True)
def vendor(shown: Property, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    with serve(shown.answer) as emulator:
        for name, value in {
            "BASE_URL": f"{emulator.url}/v1beta",
            "TOKEN_URL": f"{emulator.url}/token",
            "PROPERTY_ID": str(PROPERTY),
            "API_CREDENTIALS": TOKEN,
            "START_DATE": "2026-05-01",
        }.items():
            monkeypatch.setenv(f"SOURCES__GA4__{name}", value)
        monkeypatch.setenv("KETTE_TODAY", "2026-05-25")
        yield emulator


def load(**dates: date) -> StreamResult:
    (result,) = run(only(LOAD, "report_days"), **dates)
    return result


def spans(vendor: Emulator) -> list[tuple[str, str, str]]:
    return [
        (each.body["dateRanges"][0]["startDate"], each.body["dateRanges"][0]["endDate"],
         each.body["offset"])
        for each in vendor.requests if each.path.endswith("runReport")
    ]  # fmt: skip


def test_texts_become_numbers_and_days(shown: Property) -> None:
    shown.rows.clear()
    shown.add("2026-05-20", "Paid Search", "12", "9", "140", "2.5", medium="cpc")
    load()
    assert query(ROWS) == [
        (date(2026, 5, 20), "Paid Search", "cpc", 12, 9, 140, 2.5, False, False, False,
         "Europe/Berlin"),
    ]  # fmt: skip


def test_pages_are_read_by_offset_until_the_row_count(
    shown: Property, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE_ROWS", 2)
    assert load().loaded == 5
    assert [offset for *_, offset in spans(vendor)] == ["0", "2", "4"]
    assert vendor.requests[0].body["limit"] == "2"


def test_a_page_without_rows_before_the_end_is_no_end(
    shown: Property, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "PAGE_ROWS", 2)
    vendor.faults[2] = Reply({"rowCount": 5, "metadata": {}})
    with pytest.raises(IncompleteAnswerError, match="2 of 5 rows"):
        load()


def test_a_property_without_any_visit_has_no_rows(shown: Property) -> None:
    shown.rows.clear()
    assert load().loaded == 0


def test_the_last_thirty_days_are_read_again_for_key_events_that_come_late(
    shown: Property, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    before = query(ROWS)
    load()
    assert query(ROWS) == before
    monkeypatch.setenv("KETTE_TODAY", "2026-06-25")
    shown.add("2026-05-25", "Direct", "5", "4", "20", "7")
    shown.add("2026-05-26", "Email", medium="email")
    load()
    assert [span[:2] for span in spans(vendor)] == [
        ("2026-05-01", "2026-05-24"),
        ("2026-05-01", "2026-05-24"),
        ("2026-05-01", "2026-05-31"),
        ("2026-06-01", "2026-06-24"),
    ]
    assert query("select sum(key_events) from raw_ga4.report_days") == [5 + 7 + 1]
    load()
    assert [span[:2] for span in spans(vendor)][4:] == [
        ("2026-05-01", "2026-05-31"),
        ("2026-06-01", "2026-06-24"),
    ]


def test_a_row_that_the_vendor_put_elsewhere_is_gone(shown: Property) -> None:
    shown.add("2026-05-22", "Unassigned", medium="(not set)")
    load()
    del shown.rows["20260522", "Unassigned", "(not set)"]
    load()
    assert query("select distinct channel_group from raw_ga4.report_days") == ["Direct"]


def test_a_day_that_comes_back_empty_is_held_until_a_second_answer_agrees(shown: Property) -> None:
    load()
    del shown.rows["20260522", "Direct", "(none)"]
    assert load().status == "held"
    assert query("select count(*) from raw_ga4.report_days") == [5]
    load()
    assert query("select count(*) from raw_ga4.report_days") == [4]


def test_a_long_history_is_asked_for_month_by_month(
    vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a longer range is answered from a sample sooner
    monkeypatch.setenv("SOURCES__GA4__START_DATE", "2026-01-30")
    load()
    assert [span[:2] for span in spans(vendor)] == [
        ("2026-01-30", "2026-01-31"),
        ("2026-02-01", "2026-02-28"),
        ("2026-03-01", "2026-03-31"),
        ("2026-04-01", "2026-04-30"),
        ("2026-05-01", "2026-05-24"),
    ]


def test_a_day_that_is_read_again_says_the_same_of_what_was_put_together(
    shown: Property, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    # an answer says it of all of its days, also where one day alone is the reason
    reasons = {"20260410": "dataLossFromOtherRow", "20260423": "subjectToThresholding"}

    def answer(request: Request) -> Any:
        found = shown.answer(request)
        span = request.body["dateRanges"][0]
        first, last = (span[name].replace("-", "") for name in ("startDate", "endDate"))
        told = {name: True for day, name in reasons.items() if first <= day <= last}
        return found | {"metadata": found["metadata"] | told}

    vendor.answer = answer
    monkeypatch.setenv("SOURCES__GA4__START_DATE", "2026-03-20")
    for day in ("2026-03-25", "2026-04-05", "2026-04-28", "2026-05-01"):
        shown.add(day, "Direct")
    load()
    before = query(ROWS)
    load()
    assert query(ROWS) == before


@pytest.mark.parametrize(
    ("metadata", "column"),
    [
        (
            {"samplingMetadatas": [{"samplesReadCount": "1", "samplingSpaceSize": "9"}]},
            "is_sampled",
        ),
        ({"subjectToThresholding": True}, "is_thresholded"),
        ({"dataLossFromOtherRow": True}, "has_other_row"),
    ],
    ids=["sampled", "thresholding hides small rows", "(other)"],
)
def test_what_the_figures_are_not_is_told_with_them(
    metadata: dict[str, Any], column: str, shown: Property
) -> None:
    shown.metadata |= metadata
    result = load()
    assert query(f"select distinct {column} from raw_ga4.report_days") == [True]
    assert ("sample" in result.note) == (column == "is_sampled")


def test_used_up_tokens_end_the_run_and_the_next_goes_on(
    shown: Property, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MONTHS_PER_COMMIT", 1)
    monkeypatch.setenv("SOURCES__GA4__START_DATE", "2026-04-01")
    shown.add("2026-04-03", "Direct")
    vendor.faults[2] = Reply(OUT_OF_TOKENS, 429)
    with pytest.raises(ResumeLaterError, match=r"RESOURCE_EXHAUSTED.*in an hour"):
        load()
    assert query("select count(*) from raw_ga4.report_days") == [1]
    assert len(vendor.requests) == 2
    load()
    assert query("select count(*) from raw_ga4.report_days") == [6]


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"error": {"code": 429, "message": "Exhausted concurrent requests quota.",
                         "status": "RESOURCE_EXHAUSTED"}}, 429),
        Reply({"error": {"code": 503, "status": "UNAVAILABLE"}}, 503),
        Reply({"rowCount": 0}, reset=True),
        Reply(gzip.compress(b'{"rowCount": 0}')[:-9], headers={"Content-Encoding": "gzip"}),
        Reply(b"<html>", headers={"Content-Type": "text/html"}),
    ],
    ids=["too many at once", "503", "reset", "cut gzip", "a web page"],
)  # fmt: skip
def test_a_passing_fault_costs_no_row(fault: Reply, vendor: Emulator) -> None:
    vendor.faults.update({1: fault, 2: fault})
    assert load().loaded == 5


def test_a_value_that_is_no_number_is_kept_aside(shown: Property) -> None:
    shown.add("2026-05-21", "Email", "many", "1", "1", "1", medium="email")
    result = load()
    assert (result.loaded, result.quarantined) == (5, 1)


def test_a_refused_token_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GA4__API_CREDENTIALS", "wrong-secret")
    with pytest.raises(CredentialsError) as refused:
        load()
    assert "wrong-secret" not in str(refused.value)


def test_a_service_account_signs_for_a_token(
    shown: Property, vendor: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = RSAKey.generate_key(2048)
    account = {
        "type": "service_account",
        "client_email": "kette@project.example",
        "private_key": key.as_pem(private=True).decode(),
    }
    monkeypatch.setenv("SOURCES__GA4__API_CREDENTIALS", json.dumps(account))
    shown.token = "exchanged"
    assert load().loaded == 5
    (assertion,) = shown.assertions
    claims = jwt.decode(assertion, key, algorithms=["RS256"]).claims
    assert claims["iss"] == "kette@project.example"
    assert claims["aud"] == f"{vendor.url}/token"
    assert claims["scope"] == "https://www.googleapis.com/auth/analytics.readonly"
    assert claims["exp"] - claims["iat"] == 3600
    # a token that ends is asked for anew, with each request here
    shown.expires = 10
    monkeypatch.setenv("SOURCES__GA4__START_DATE", "2026-03-01")
    load(from_date=date(2026, 3, 1))
    assert len(shown.assertions) == 4


@pytest.mark.parametrize("key", ["no key", "-----BEGIN PRIVATE KEY-----\nabc\n"])
def test_a_key_that_cannot_be_used_is_named_and_not_shown(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"client_email": "kette@project.example", "private_key": key}
    monkeypatch.setenv("SOURCES__GA4__API_CREDENTIALS", json.dumps(account))
    with pytest.raises(CredentialsError, match="private key cannot be used") as refused:
        load()
    assert key not in str(refused.value)


def test_without_a_property_the_export_alone_is_read(
    vendor: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("SOURCES__GA4__PROPERTY_ID")
    monkeypatch.delenv("SOURCES__GA4__API_CREDENTIALS")
    monkeypatch.setenv("SOURCES__GA4__EXPORT_FOLDER", str(tmp_path))
    assert load().note == "no property is set"
    assert vendor.requests == []
