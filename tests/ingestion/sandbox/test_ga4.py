"""The sandbox speaks Google Analytics 4: its Data API, and the files of its export."""

from __future__ import annotations

import gzip
import json
import re
import secrets
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials, world
from ingestion.sandbox.environment import environment
from ingestion.sandbox.server import Sandbox, serve_in_thread
from ingestion.sandbox.vendors.ga4 import api
from tests.ingestion.sandbox.handmade import HTTP, Clock, at_s, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

BEARER = {"Authorization": f"Bearer {credentials.GA4_ACCESS_TOKEN}"}
DIMENSIONS = ("date", "sessionDefaultChannelGroup", "sessionMedium")


def visit(number: int, day: str, channel: str = "Direct", **more: Any) -> list[dict[str, Any]]:
    """Return the two events of a visit."""
    moment = at_s(f"{day} 10:00") + number
    common = {
        "arrived_ms": moment * 1000, "day": day.replace("-", ""), "cookie": f"{number}.1",
        "session_id": moment, "visit": number, "channel": channel, "medium": channel.lower(),
        "source": "x", "host": "nordlicht.example", "page": "https://nordlicht.example/",
        "consent": "Yes",
    }  # fmt: skip
    return [
        {**common, "id": f"{number}{name}", "time_us": moment * 10**6, "event": name, **more}
        for name in ("session_start", "page_view")
    ]


def denied(number: int, day: str) -> list[dict[str, Any]]:
    return visit(number, day, consent="No", cookie=None, session_id=None)


# the company's first day is 2025-01-01; Google signals were on from 03-12 to 04-11
COMPANY = {
    "ga4/events": [
        *visit(1, "2025-02-01"),
        *visit(2, "2025-02-01"),
        *visit(3, "2025-02-01", "Email"),
        *(each for number in range(20) for each in denied(100 + number, "2025-02-02")),
        *visit(4, "2025-02-02"),
        *(each for number in range(8) for each in visit(200 + number, "2025-02-03", f"C{number}")),
        *visit(300, "2025-03-20", "Email"),
        *visit(301, "2025-03-20"),
        *visit(302, "2025-03-20"),
        *denied(400, "2025-03-31"),
        *visit(401, "2025-03-31"),
        {**visit(500, "2025-02-04")[1], "event": "purchase"},
        {**visit(501, "2025-02-04")[1], "event": "invoice_paid", "page": None, "session_id": None},
    ]
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder) as running:
        yield running


def ask(
    sandbox: Sandbox,
    first: str = "2025-01-01",
    last: str | None = None,
    *,
    dimensions: tuple[str, ...] = DIMENSIONS,
    metrics: tuple[str, ...] = ("sessions",),
    property_id: int = credentials.GA4_PROPERTY_ID,
    headers: dict[str, str] = BEARER,
    **more: Any,
) -> httpx.Response:
    body = {
        "dateRanges": [{"startDate": first, "endDate": last or first}],
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in metrics],
        **more,
    }
    url = f"{sandbox.base_url}/ga4/v1beta/properties/{property_id}:runReport"
    return HTTP.post(url, json=body, headers=headers)


def rows(answer: httpx.Response) -> list[tuple[str, ...]]:
    assert answer.status_code == 200, answer.text
    return [
        tuple(cell["value"] for part in ("dimensionValues", "metricValues") for cell in row[part])
        for row in answer.json().get("rows", [])
    ]


def test_every_value_is_a_text_under_its_header(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "2025-02-01", metrics=("sessions", "totalUsers", "eventCount"))
    assert rows(answer) == [
        ("20250201", "Direct", "direct", "2", "2", "4"),
        ("20250201", "Email", "email", "1", "1", "2"),
    ]
    body = answer.json()
    assert [header["name"] for header in body["dimensionHeaders"]] == list(DIMENSIONS)
    assert body["metricHeaders"][0] == {"name": "sessions", "type": "TYPE_INTEGER"}
    assert (body["rowCount"], body["kind"]) == (2, "analyticsData#runReport")
    assert body["metadata"] == {"currencyCode": "EUR", "timeZone": "Europe/Berlin"}


def test_limit_and_offset_are_texts_and_a_page_behind_the_last_has_no_rows(
    sandbox: Sandbox,
) -> None:
    whole = rows(ask(sandbox, "2025-02-01", "2025-02-02"))
    pages = [ask(sandbox, "2025-02-01", "2025-02-02", limit="2", offset=str(at)) for at in (0, 2)]
    assert [row for page in pages for row in rows(page)] == whole
    assert {page.json()["rowCount"] for page in pages} == {3}
    behind = ask(sandbox, "2025-02-01", "2025-02-02", limit="2", offset="4").json()
    assert "rows" not in behind
    assert ask(sandbox, limit="250001").status_code == 400
    assert ask(sandbox, limit="a few").json()["error"]["status"] == "INVALID_ARGUMENT"


def test_whoever_did_not_consent_is_modelled_after_two_days(sandbox: Sandbox) -> None:
    assert rows(ask(sandbox, "2025-02-02")) == [("20250202", "Direct", "direct", "19")]
    # the world's today is 04-01
    assert rows(ask(sandbox, "2025-03-31", dimensions=("date",))) == [("20250331", "1")]


def test_rows_beyond_the_largest_are_one(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "2025-02-03")
    assert ("20250203", "(other)", "(other)", "2") in rows(answer)
    assert len(rows(answer)) == 7
    assert answer.json()["metadata"]["dataLossFromOtherRow"] is True


def test_small_rows_are_hidden_while_google_signals_are_on(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "2025-03-20")
    assert rows(answer) == [("20250320", "Direct", "direct", "2")]
    assert answer.json()["metadata"]["subjectToThresholding"] is True
    # of the day as a whole nothing is hidden: the parts do not add up to it
    assert rows(ask(sandbox, "2025-03-20", dimensions=("date",))) == [("20250320", "3")]


def test_a_long_range_is_answered_from_a_sample(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "2024-03-01", "2025-03-31", dimensions=("date",))
    assert answer.json()["metadata"]["samplingMetadatas"]
    assert ("20250201", "4") in rows(answer)


def test_what_a_server_sent_has_no_session(sandbox: Sandbox) -> None:
    answer = ask(sandbox, "2025-02-04", metrics=("sessions", "eventCount", "keyEvents"))
    assert rows(answer) == [
        ("20250204", "Direct", "direct", "0", "1", "1"),
        ("20250204", "Unassigned", "(not set)", "0", "1", "0"),
    ]


@pytest.mark.parametrize(
    ("given", "status", "reason"),
    [
        ({"headers": {}}, 401, "UNAUTHENTICATED"),
        ({"property_id": 5}, 403, "PERMISSION_DENIED"),
        ({"dimensions": ("planet",)}, 400, "INVALID_ARGUMENT"),
        ({"metrics": ()}, 400, "INVALID_ARGUMENT"),
        ({"dimensions": ("date",) * 10}, 400, "INVALID_ARGUMENT"),
        ({"metrics": ("sessions",) * 11}, 400, "INVALID_ARGUMENT"),
        ({"first": "yesterday"}, 400, "INVALID_ARGUMENT"),
    ],
    ids=["token", "property", "dimension", "no metric", "10 dimensions", "11 metrics", "date"],
)
def test_a_wrong_question_is_refused(
    given: dict[str, Any], status: int, reason: str, sandbox: Sandbox
) -> None:
    answer = ask(sandbox, **given)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (status, status, reason)


def test_tokens_are_used_up_within_the_hour(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TOKENS_PER_HOUR", 40)
    clock = Clock()
    with serve_in_thread(sandbox.folder, clock=clock) as running:
        left = ask(running, returnPropertyQuota=True).json()["propertyQuota"]["tokensPerHour"]
        assert left == {"consumed": 10, "remaining": 30}
        assert [ask(running).status_code for _ in range(3)] == [200, 200, 200]
        answer = ask(running)
        assert answer.status_code == 429
        assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
        assert "tokens" in answer.json()["error"]["message"]
        assert "retry-after" not in answer.headers
        clock.now += 3601
        assert ask(running).status_code == 200


def test_a_demo_finds_the_export_in_the_worlds_folder(tmp_path: Path) -> None:
    folder = write_world(tmp_path)
    given = environment("http://x", folder)
    assert given["SOURCES__GA4__EXPORT_FOLDER"] == str(folder / "ga4" / "export")


def test_the_export_shows_what_it_is_known_for(tmp_path: Path) -> None:
    seed = secrets.randbelow(100_000)
    world.generate(tmp_path, customers=300, months=4, seed=seed, until=date(2026, 6, 1))
    export = tmp_path / "ga4" / "export"
    names = {path.name for path in export.iterdir()}
    # the day before yesterday has both, yesterday only an intraday one
    assert {"events_20260530.jsonl.gz", "events_intraday_20260530.jsonl.gz"} <= names
    assert "events_intraday_20260531.jsonl.gz" in names
    assert "events_20260531.jsonl.gz" not in names
    assert {name.split(".", 1)[1] for name in names} == {"jsonl.gz", "parquet", "avro.jsonl"}
    found = [
        json.loads(line)
        for path in export.glob("events_2*.jsonl.gz")
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    cookies = {each.get("user_pseudo_id") for each in found}
    assert None in cookies
    assert all(re.fullmatch(r"\d+\.1[67]\d{8}", each) for each in cookies if each)
    told = [each.get("privacy_info", {}).get("analytics_storage") for each in found]
    # consent mode was introduced after two months
    assert set(told) == {None, "Yes", "No"}, f"seed {seed}"
    denied = [each for each, said in zip(found, told, strict=True) if said == "No"]
    assert not any(each.get("user_pseudo_id") for each in denied)
    # the site sends its user id all the same
    assert any(each.get("user_id") for each in denied)
    assert isinstance(found[0]["event_timestamp"], str)
    engaged = {
        kind
        for each in found
        for pair in each["event_params"]
        if pair["key"] == "session_engaged"
        for kind, value in pair["value"].items()
        if value is not None
    }
    assert engaged == {"string_value", "int_value"}
