"""The sandbox speaks Google Ads' search stream as Google does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import HTTP, hurrying, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

CUSTOMER = credentials.GOOGLE_ADS_CUSTOMER_ID
FORM = {
    "grant_type": "refresh_token", "client_id": credentials.GOOGLE_ADS_CLIENT_ID,
    "client_secret": credentials.GOOGLE_ADS_CLIENT_SECRET,
    "refresh_token": credentials.GOOGLE_ADS_REFRESH_TOKEN,
}  # fmt: skip
HEADERS = {
    "developer-token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
    "login-customer-id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
}
QUERY = (
    "SELECT campaign.id, segments.date, metrics.clicks, metrics.cost_micros, metrics.conversions "
    "FROM campaign WHERE segments.date BETWEEN '2025-01-01' AND '2025-12-31'"
)


def day(number: int, **more: Any) -> dict[str, Any]:
    month, date = divmod(number, 28)
    return {
        "date": f"2025-{month + 1:02}-{date + 1:02}", "campaign_id": "7", "impressions": 10,
        "clicks": 0, "cost_micros": 0, "conversions": 0.0, "conversions_value": 0.0,
        "view_through_conversions": 0, **more,
    }  # fmt: skip


COMPANY = {"google_ads/campaign_days": [
    *(day(number) for number in range(1, 201)),
    day(201, clicks=3, cost_micros=1_500_000, conversions=0.5),
    day(202, impressions=0),
]}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = write_world(tmp_path_factory.mktemp("company"), COMPANY)
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def token(sandbox: Sandbox, **changed: str) -> httpx.Response:
    return HTTP.post(f"{sandbox.base_url}/google_ads/token", data={**FORM, **changed})


def search(sandbox: Sandbox, query: str = QUERY, **headers: str) -> httpx.Response:
    signed = {"Authorization": f"Bearer {token(sandbox).json()['access_token']}", **HEADERS}
    return HTTP.post(
        f"{sandbox.base_url}/google_ads/v22/customers/{CUSTOMER}/googleAds:searchStream",
        json={"query": query},
        headers={**signed, **headers},
    )


def reason(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and Google's name of what is wrong, out of the list it comes in."""
    (part,) = answer.json()
    ((name,),) = [list(each["errorCode"].values())
                  for detail in part["error"]["details"] for each in detail["errors"]]  # fmt: skip
    return answer.status_code, name


def test_a_refresh_token_buys_an_access_token_of_an_hour(sandbox: Sandbox) -> None:
    assert token(sandbox).json()["expires_in"] == 3599
    refused = token(sandbox, refresh_token="revoked")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert token(sandbox, client_secret="x").status_code == 401
    assert HTTP.post(f"{sandbox.base_url}/google_ads/token/", data=FORM).status_code == 404


def test_an_answer_is_a_list_of_parts_in_which_figures_of_nothing_are_left_out(
    sandbox: Sandbox,
) -> None:
    parts = search(sandbox).json()
    assert [len(part["results"]) for part in parts] == [200, 1]
    assert parts[0]["results"][0] == {
        "campaign": {"resourceName": f"customers/{CUSTOMER}/campaigns/7", "id": "7"},
        "segments": {"date": "2025-01-02"},
    }
    assert parts[1]["results"][0]["metrics"] == {
        "clicks": "3", "costMicros": "1500000", "conversions": 0.5,
    }  # fmt: skip


def test_errors_are_lists_too_and_name_what_is_missing(sandbox: Sandbox) -> None:
    assert reason(search(sandbox, Authorization="Bearer x")) == (401, "OAUTH_TOKEN_EXPIRED")
    assert reason(search(sandbox, **{"login-customer-id": ""})) == (403, "USER_PERMISSION_DENIED")
    assert reason(search(sandbox, **{"developer-token": "x"})) == (401, "DEVELOPER_TOKEN_INVALID")
    assert reason(search(sandbox, "SELECT campaign.id FROM campaign")) == (400, "BAD_QUERY")


def test_the_wait_of_a_quota_error_stands_deep_in_the_answer(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = write_world(tmp_path_factory.mktemp("limited"))
    query = "SELECT customer.id FROM customer"
    with serve_in_thread(folder, clock=lambda: 0.0) as still:
        answers = [search(still, query) for _ in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {200}
    assert reason(answers[100]) == (429, "RESOURCE_TEMPORARILY_EXHAUSTED")
    assert '"retryDelay":"5s"' in answers[100].text
