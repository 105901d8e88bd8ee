"""LinkedIn pages: two headers, plain parentheses, days of a year, lifetime totals that are none."""

from __future__ import annotations

import gzip
import json
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.errors import CredentialsError, IncompleteAnswerError, KetteError
from ingestion.loading.run import run, source_status
from ingestion.sandbox import world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import linkedin_pages
from ingestion.sources.linkedin_pages import LinkedInPagesSettings
from tests.ingestion.sources.emulator import Emulator, Reading, Reply, Request, only, serve, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "li-token"
TODAY = date(2026, 6, 15)
URN = "urn:li:organization:42"
SHARES = "/organizationalEntityShareStatistics"
HELD = """select date::text, payload->'totalShareStatistics'->>'likeCount'
    from raw_linkedin_pages.share_statistics order by all"""


def ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def days_ago(number: int) -> date:
    return TODAY - timedelta(days=number)


class Page:
    """A company's page in miniature."""

    def __init__(self) -> None:
        self.likes: dict[date, int] = {}
        self.followers = 500
        self.lifetime = False
        self.largest_page = 100
        self.spans: list[tuple[int, int]] = []

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Reply({"status": 401, "message": "Invalid access token"}, 401)
        if request.path.startswith("/networkSizes/"):
            return {"firstDegreeSize": self.followers}
        span = request.params["timeIntervals"]
        start, end = (int(part.split(":")[-1]) for part in span.split(")")[0].split(","))
        self.spans.append((start, end))
        elements = [
            {"organizationalEntity": URN, "timeRange": {"start": ms(day), "end": ms(day) + 1},
             "totalShareStatistics": {"likeCount": likes}}
            for day, likes in sorted(self.likes.items()) if start <= ms(day) < end
        ]  # fmt: skip
        if self.lifetime:
            elements = [{"organizationalEntity": URN, "totalShareStatistics": {"likeCount": 9}}]
        place = int(request.params["start"])
        size = min(int(request.params["count"]), self.largest_page)
        paging = {"start": place, "count": size, "links": []}
        return {"elements": elements[place : place + size], "paging": paging}


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture(autouse=True)
def vendor(page: Page, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", str(TODAY))
    with serve(page.answer) as emulator:
        for name, value in {
            "BASE_URL": emulator.url, "ACCESS_TOKEN": TOKEN, "ORGANIZATION_IDS": "42",
            "START_DATE": "2026-04-01", "API_VERSION": "202605",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"SOURCES__LINKEDIN_PAGES__{name}", value)
        yield emulator


@pytest.fixture
def reading(vendor: Emulator) -> Reading:
    settings = LinkedInPagesSettings(
        base_url=vendor.url,
        access_token=TOKEN,
        organization_ids=URN,
        api_version="202605",
        start_date=date(2026, 4, 1),
    )
    return Reading(linkedin_pages.LOAD, settings)


def test_version_and_protocol_go_along_and_parentheses_stay_plain(
    page: Page, vendor: Emulator, reading: Reading
) -> None:
    page.likes[days_ago(1)] = 3
    (row,) = reading.rows("share_statistics")
    assert (row["organization"], row["date"]) == (URN, days_ago(1))
    (asked, *_) = vendor.requests
    assert asked.headers["LinkedIn-Version"] == "202605"
    assert asked.headers["X-Restli-Protocol-Version"] == "2.0.0"
    assert asked.params["organizationalEntity"] == URN


def test_pages_smaller_than_was_asked_for_are_followed_to_the_end(
    page: Page, reading: Reading
) -> None:
    page.largest_page = 2
    page.likes.update({days_ago(number): number for number in range(1, 6)})
    assert len(reading.rows("share_statistics")) == 5


def test_a_days_end_is_the_next_midnight_and_today_is_not_asked_for(
    page: Page, reading: Reading
) -> None:
    reading.rows("share_statistics")
    assert page.spans == [
        (ms(date(2026, 4, 1)), ms(date(2026, 5, 2))),
        (ms(date(2026, 5, 2)), ms(date(2026, 6, 2))),
        (ms(date(2026, 6, 2)), ms(TODAY)),
    ]


def test_days_before_the_last_twelve_months_are_not_asked_for(page: Page, vendor: Emulator) -> None:
    settings = LinkedInPagesSettings(
        base_url=vendor.url, access_token=TOKEN, organization_ids="42", api_version="202605",
        start_date=date(2020, 1, 1),
    )  # fmt: skip
    reading = Reading(linkedin_pages.LOAD, settings)
    reading.rows("share_statistics")
    assert page.spans[0][0] == ms(TODAY - timedelta(days=364))


def test_a_lifetime_total_is_no_day(page: Page, reading: Reading) -> None:
    page.lifetime = True
    reader = reading.reader("share_statistics")
    assert reading.rows("share_statistics", reader) == []
    rejects = [each.reason for chapter in [*reader.chapters, reader.chapter]
               for each in chapter.rejects]  # fmt: skip
    assert rejects == ["timeRange: missing"] * 3


def test_an_api_version_that_has_ended_says_so(vendor: Emulator, reading: Reading) -> None:
    vendor.faults[1] = Reply({"status": 426, "code": "NONEXISTENT_VERSION"}, 426)
    with pytest.raises(KetteError, match=r"202605.*API_VERSION"):
        reading.rows("share_statistics")


def test_the_last_fortnight_is_read_again(
    page: Page, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.rows("share_statistics")
    page.spans.clear()
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    reading.rows("share_statistics", reading.reader("share_statistics", known=True))
    assert page.spans == [(ms(date(2026, 6, 1)), ms(date(2026, 6, 16)))]


@pytest.mark.parametrize(
    "fault",
    [
        Reply({"status": 429, "message": "throttled"}, 429, {"Retry-After": "2"}),
        Reply({"status": 429, "message": "throttled"}, 429),
        Reply(b"oops", 502),
        Reply({}, reset=True),
        Reply(b"<html>Maintenance</html>"),
        Reply(gzip.compress(json.dumps({"elements": []}).encode())[:-9],
              headers={"Content-Encoding": "gzip"}),
    ],
    ids=["429 with wait", "429", "502", "reset", "web page", "cut gzip"],
)  # fmt: skip
def test_a_passing_fault_costs_no_day(
    page: Page, vendor: Emulator, reading: Reading, fault: Reply
) -> None:
    page.likes.update({days_ago(number): 1 for number in (1, 2, 3, 70)})
    vendor.faults.update(dict.fromkeys(range(1, 9, 2), fault))
    assert len(reading.rows("share_statistics")) == 4


def test_an_answer_without_elements_is_not_taken_for_an_empty_one(
    vendor: Emulator, reading: Reading
) -> None:
    vendor.answer = lambda _request: {"paging": {}}
    with pytest.raises(IncompleteAnswerError, match="no elements"):
        reading.rows("share_statistics")


def test_a_refused_token_is_named_but_not_shown(vendor: Emulator) -> None:
    settings = LinkedInPagesSettings(
        base_url=vendor.url, access_token="a-wrong-token", organization_ids="42"
    )
    with pytest.raises(CredentialsError, match="SOURCES__LINKEDIN_PAGES__") as refused:
        Reading(linkedin_pages.LOAD, settings).rows("network_sizes")
    assert "a-wrong-token" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"), [("ORGANIZATION_IDS", "nordlicht"), ("API_VERSION", "v2")]
)
def test_a_setting_of_the_wrong_form_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SOURCES__LINKEDIN_PAGES__{name}", value)
    status = source_status(linkedin_pages.LOAD)
    assert (status.state, name in status.reason) == ("broken", True)


# ------------------------------------------------------------------------------------ the warehouse


def test_a_day_that_is_restated_is_replaced_and_an_older_one_stays(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.likes.update({days_ago(number): 1 for number in (1, 10, 40)})
    run(linkedin_pages.LOAD)
    page.likes.update({days_ago(number): 2 for number in (1, 10, 40)})
    monkeypatch.setenv("KETTE_TODAY", "2026-06-16")
    run(linkedin_pages.LOAD)
    assert stored(HELD) == [
        (str(days_ago(n)), likes) for n, likes in ((40, "1"), (10, "2"), (1, "2"))
    ]


def test_days_that_are_no_longer_shown_are_held_back_until_a_second_answer_agrees(
    page: Page,
) -> None:
    page.likes.update({days_ago(number): 1 for number in (1, 2, 40)})
    shares = only(linkedin_pages.LOAD, "share_statistics")
    run(shares)
    before = stored(HELD)
    page.likes = {days_ago(40): 1}

    (found,) = run(shares)
    assert (found.status, "0 rows came, 1 are stored" in found.note) == ("held", True)
    assert stored(HELD) == before

    (found,) = run(shares)
    assert found.status == "loaded"
    assert stored(HELD) == [(str(days_ago(40)), "1")]


def test_followers_are_kept_one_row_per_day_of_loading(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = only(linkedin_pages.LOAD, "network_sizes")
    for day, followers in (("2026-06-15", 500), ("2026-06-15", 501), ("2026-06-16", 499)):
        page.followers = followers
        monkeypatch.setenv("KETTE_TODAY", day)
        run(sizes)
    assert stored(
        """select date::text, payload->>'firstDegreeSize' from raw_linkedin_pages.network_sizes
        order by 1"""
    ) == [("2026-06-15", "501"), ("2026-06-16", "499")]


def test_a_first_load_that_is_cut_goes_on_from_the_last_whole_month(
    page: Page, vendor: Emulator
) -> None:
    page.likes.update({days_ago(number): 1 for number in (1, 30, 70)})
    shares = only(linkedin_pages.LOAD, "share_statistics")
    vendor.faults.update(dict.fromkeys(range(3, 9), Reply(b"", 502)))
    with pytest.raises(KetteError, match="share_statistics"):
        run(shares)
    assert len(stored(HELD)) == 2
    page.spans.clear()
    run(shares)
    assert len(stored(HELD)) == 3
    assert page.spans[0][0] > ms(date(2026, 5, 1))


def test_a_bad_record_is_quarantined_and_the_ledger_closes(page: Page, vendor: Emulator) -> None:
    page.likes[days_ago(1)] = 1

    def respond(request: Request) -> Any:
        body = page.answer(request)
        if body["elements"]:
            body["elements"] += ["no object", {**body["elements"][0], "organizationalEntity": None}]
        return body

    vendor.answer = respond
    (found,) = run(only(linkedin_pages.LOAD, "share_statistics"))
    assert (found.seen, found.loaded, found.quarantined) == (3, 1, 2)


# ----------------------------------------------------------------------------- the whole company


def test_a_whole_company_arrives_and_a_second_load_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed, until = secrets.randbelow(100_000), date(2026, 6, 1)
    world.generate(tmp_path, customers=100, months=6, seed=seed, until=until)
    folder = f"{tmp_path}/linkedin_pages"
    told = duckdb.sql(
        f"""select make_timestamp(day_ms * 1000)::date::text, impressions, likes, share_mentions,
            organic_gain, paid_gain
        from '{folder}/share_statistics.parquet'
        inner join '{folder}/follower_statistics.parquet' using (day_ms) order by all"""
    ).fetchall()
    total, gains = "totalShareStatistics", "followerGains"
    found = f"""select date::text, (shares.payload->'{total}'->>'impressionCount')::int,
        (shares.payload->'{total}'->>'likeCount')::int,
        (shares.payload->'{total}'->>'shareMentionsCount')::int,
        (gains.payload->'{gains}'->>'organicFollowerGain')::int,
        (gains.payload->'{gains}'->>'paidFollowerGain')::int
        from raw_linkedin_pages.share_statistics as shares
        inner join raw_linkedin_pages.follower_statistics as gains using (organization, date)
        order by all"""
    sizes = "select payload->>'firstDegreeSize' from raw_linkedin_pages.network_sizes"
    followers = duckdb.sql(f"select followers::text from '{folder}/network_sizes.parquet'")
    with serve_in_thread(tmp_path) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": str(until)}.items():
            monkeypatch.setenv(name, value)
        run(linkedin_pages.LOAD)
        assert stored(found) == told, f"--seed {seed}"
        assert stored(sizes) == followers.fetchall()
        before = len(sandbox.requests)
        run(linkedin_pages.LOAD)
        assert len(sandbox.requests) - before <= 3
        assert stored(found) == told
        assert len(told) > 150
