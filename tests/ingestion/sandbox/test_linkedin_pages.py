"""The sandbox speaks LinkedIn's statistics of a page as LinkedIn does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, at_ms, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

HEADERS = {
    "Authorization": f"Bearer {credentials.LINKEDIN_PAGES_ACCESS_TOKEN}",
    "LinkedIn-Version": "202603",
    "X-Restli-Protocol-Version": "2.0.0",
}
URN = f"urn%3Ali%3Aorganization%3A{credentials.LINKEDIN_PAGES_ORGANIZATION_ID}"
SHARES, FOLLOWERS = "organizationalEntityShareStatistics", "organizationalEntityFollowerStatistics"
FIRST, DAY = at_ms("2025-03-01 00:00"), 86_400_000


def counts(number: int) -> dict[str, Any]:
    return {
        "day_ms": FIRST + number * DAY, "impressions": 100, "unique_impressions": 70, "clicks": 2,
        "likes": 3, "comments": 1, "shares": 4, "share_mentions": 1, "comment_mentions": 0,
    }  # fmt: skip


COMPANY = {
    "linkedin_pages/share_statistics": [counts(number) for number in range(12)],
    "linkedin_pages/follower_statistics": [
        {"day_ms": FIRST, "organic_gain": 2, "paid_gain": 1},
    ],
    "linkedin_pages/network_sizes": [{"followers": 812}],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def get(sandbox: Sandbox, address: str, **headers: str) -> httpx.Response:
    return HTTP.get(
        f"{sandbox.base_url}/linkedin_pages/rest/{address}", headers={**HEADERS, **headers}
    )


def days(finder: str, start: int = FIRST, end: int = FIRST + 31 * DAY) -> str:
    span = f"(timeRange:(start:{start},end:{end}),timeGranularityType:DAY)"
    return f"{finder}?q=organizationalEntity&organizationalEntity={URN}&timeIntervals={span}"


def test_nothing_is_answered_without_token_version_and_protocol(sandbox: Sandbox) -> None:
    refused = [
        get(sandbox, days(SHARES), **{name: value}).status_code
        for name, value in (
            ("Authorization", "Bearer x"), ("LinkedIn-Version", ""),
            ("LinkedIn-Version", "202401"), ("X-Restli-Protocol-Version", "1.0.0"),
        )
    ]  # fmt: skip
    assert refused == [401, 400, 426, 400]


def test_the_urn_is_escaped_and_the_parentheses_are_not(sandbox: Sandbox) -> None:
    plain = days(SHARES).replace(URN, URN.replace("%3A", ":"))
    escaped = days(SHARES).replace("(", "%28").replace(")", "%29")
    assert [get(sandbox, address).status_code for address in (plain, escaped)] == [400, 400]


def test_days_come_ten_at_a_time_and_the_page_that_is_not_full_is_the_last(
    sandbox: Sandbox,
) -> None:
    first = get(sandbox, days(SHARES)).json()
    last = get(sandbox, days(SHARES) + "&start=10").json()
    assert [len(page["elements"]) for page in (first, last)] == [10, 2]
    assert first["paging"] == {"start": 0, "count": 10, "links": []}
    (element, *_) = first["elements"]
    assert element["timeRange"] == {"start": FIRST, "end": FIRST + DAY}
    assert element["totalShareStatistics"]["engagement"] == 0.1
    assert element["totalShareStatistics"]["shareMentionsCount"] == 1


def test_without_a_span_the_figures_are_those_of_the_pages_whole_life(sandbox: Sandbox) -> None:
    address = f"{SHARES}?q=organizationalEntity&organizationalEntity={URN}"
    (element,) = get(sandbox, address).json()["elements"]
    assert ("timeRange" in element, element["totalShareStatistics"]["likeCount"]) == (False, 36)


def test_days_older_than_twelve_months_are_refused(sandbox: Sandbox) -> None:
    old = at_ms("2024-01-01 00:00")
    assert get(sandbox, days(SHARES, old, old + DAY)).status_code == 400


def test_gains_tell_who_came_and_the_size_tells_how_many_there_are(sandbox: Sandbox) -> None:
    (element,) = get(sandbox, days(FOLLOWERS)).json()["elements"]
    assert element["followerGains"] == {"organicFollowerGain": 2, "paidFollowerGain": 1}
    size = get(sandbox, f"networkSizes/{URN}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
    assert size.json() == {"firstDegreeSize": 812}


def test_too_many_calls_are_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = write_world(tmp_path_factory.mktemp("limited"), COMPANY)
    address = f"networkSizes/{URN}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    with serve_in_thread(folder, clock=lambda: 0.0) as still:
        answers = [get(still, address).status_code for _ in range(501)]
    assert answers == [200] * 500 + [429]
