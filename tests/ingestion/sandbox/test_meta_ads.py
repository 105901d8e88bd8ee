"""The sandbox speaks the Graph API's insights as Meta does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

TOKEN = {"Authorization": f"Bearer {credentials.META_ADS_ACCESS_TOKEN}"}
ACCOUNT = f"act_{credentials.META_ADS_ACCOUNT_ID}"
SPAN = json.dumps({"since": "2025-02-01", "until": "2025-03-31"})
ASKED = {"level": "ad", "time_increment": "1", "time_range": SPAN,
         "fields": "ad_id,impressions,spend,actions"}  # fmt: skip


def day(date: str, **more: Any) -> dict[str, Any]:
    return {
        "date": date, "campaign_id": "c1", "adset_id": "s1", "ad_id": "a1", "impressions": 120,
        "reach": 100, "clicks": 3, "link_clicks": 0, "unique_clicks": 3, "spend_cents": 205,
        "reactions": 0, "comments": 0, "shares": 0, "registrations": 0, **more,
    }  # fmt: skip


COMPANY = {"meta_ads/insights": [
    *(day(f"2025-02-{number:02}") for number in range(1, 29)),
    day("2025-03-01", registrations=2, reactions=4),
]}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def url(sandbox: Sandbox, path: str) -> str:
    return f"{sandbox.base_url}/meta_ads/v24.0/{path}"


def get(sandbox: Sandbox, path: str, **params: str) -> httpx.Response:
    return HTTP.get(url(sandbox, path), params=params, headers=TOKEN)


def test_a_wrong_token_is_status_400_with_code_190(sandbox: Sandbox) -> None:
    answer = HTTP.get(url(sandbox, ACCOUNT), headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 190)
    assert get(sandbox, ACCOUNT, fields="currency").json() == {"id": ACCOUNT, "currency": "EUR"}


def test_numbers_are_texts_and_what_did_not_occur_is_left_out(sandbox: Sandbox) -> None:
    rows = get(sandbox, f"{ACCOUNT}/insights", **ASKED, limit="500").json()["data"]
    assert rows[0] == {"ad_id": "a1", "impressions": "120", "spend": "2.05",
                       "date_start": "2025-02-01", "date_stop": "2025-02-01"}  # fmt: skip
    told = {each["action_type"]: each["value"] for each in rows[-1]["actions"]}
    assert told == {
        "post_reaction": "4", "complete_registration": "2", "omni_complete_registration": "2",
        "offsite_conversion.fb_pixel_complete_registration": "2",
    }  # fmt: skip


def test_the_last_page_has_a_cursor_but_no_next(sandbox: Sandbox) -> None:
    first = get(sandbox, f"{ACCOUNT}/insights", **ASKED).json()
    assert (len(first["data"]), "next" in first["paging"]) == (25, True)
    after = first["paging"]["cursors"]["after"]
    last = get(sandbox, f"{ACCOUNT}/insights", **ASKED, after=after).json()
    assert (len(last["data"]), "next" in last["paging"]) == (4, False)
    assert last["paging"]["cursors"]["after"]


def test_a_report_says_100_percent_before_it_can_be_read(sandbox: Sandbox) -> None:
    begun = HTTP.post(url(sandbox, f"{ACCOUNT}/insights"), data=ASKED, headers=TOKEN).json()
    number = begun["report_run_id"]
    assert get(sandbox, f"{number}/insights").json()["error"]["code"] == 2601
    seen = []
    for _ in range(3):
        told = get(sandbox, number).json()
        seen.append((told["async_status"], told["async_percent_completion"]))
    assert seen == [("Job Not Started", 0), ("Job Running", 100), ("Job Completed", 100)]
    assert len(get(sandbox, f"{number}/insights", limit="100").json()["data"]) == 29


def test_days_beyond_37_months_are_refused(sandbox: Sandbox) -> None:
    old = json.dumps({"since": "2021-01-01", "until": "2021-01-31"})
    answer = get(sandbox, f"{ACCOUNT}/insights", **{**ASKED, "time_range": old})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 3018)


def test_what_is_too_much_at_once_fails_as_if_for_a_moment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.sandbox.vendors.meta_ads.api.TOO_MANY_ROWS", 28)
    answer = get(sandbox, f"{ACCOUNT}/insights", **ASKED)
    assert answer.status_code == 500
    assert (answer.json()["error"]["code"], "reduce the amount" in answer.text) == (1, True)


def test_throttling_is_status_400_and_tells_the_minutes_in_a_header(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = write_world(tmp_path_factory.mktemp("limited"))
    with serve_in_thread(folder, clock=lambda: 0.0) as still:
        answers = [get(still, ACCOUNT) for _ in range(201)]
    assert {answer.status_code for answer in answers[:200]} == {200}
    assert (answers[200].status_code, answers[200].json()["error"]["code"]) == (400, 80004)
    usage = json.loads(answers[200].headers["X-Business-Use-Case-Usage"])
    ((told,),) = usage.values()
    assert told["estimated_time_to_regain_access"] == 2
