"""How Meta says to wait, and that it is waited for: with a sign of life, and over several runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.errors import ResumeLaterError
from ingestion.sources.meta_ads import api
from tests.ingestion.sources.emulator import Emulator, Reply, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.http.client import Client

PATH = "/act_42/insights"
GOOD = {"data": []}
START = 1_000_000.0


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits of the test; none is waited, the clock moves instead."""
    found: list[float] = []
    monkeypatch.setattr("ingestion.http.client.sleep", found.append)
    monkeypatch.setattr("ingestion.http.rate_limits.clock", lambda: START + sum(found))
    return found


@pytest.fixture
def vendor() -> Iterator[Emulator]:
    with serve(lambda _request: GOOD) as emulator:
        yield emulator


def client(vendor: Emulator) -> Client:
    """Return the client of a run."""
    return api.connect(api.MetaAdsSettings(base_url=vendor.url, access_token="meta-token"))


def ask(vendor: Emulator) -> Any:
    """Ask as a run of its own."""
    return api.get(client(vendor), PATH, {}, "meta_ads act_42")


def throttled(minutes: int, code: int = 17) -> Reply:
    """Return the refusal of an account that has asked too much."""
    usage = json.dumps({"42": [{"estimated_time_to_regain_access": minutes}]})
    error = {"error": {"message": "too many calls", "code": code}}
    return Reply(error, 400, {"X-Business-Use-Case-Usage": usage})


@pytest.mark.parametrize("code", [4, 17, 80004])
def test_throttling_hides_behind_status_400_and_the_wait_in_minutes_is_in_a_header(
    vendor: Emulator, waits: list[float], code: int
) -> None:
    vendor.faults[1] = throttled(1, code)
    assert ask(vendor) == GOOD
    assert sum(waits) == 60


def test_a_long_wait_is_waited_with_a_sign_of_life(vendor: Emulator, waits: list[float]) -> None:
    vendor.faults[1] = throttled(55)
    asking, told = client(vendor), list[str]()
    asking.progress = told.append
    assert api.get(asking, PATH, {}, "meta_ads act_42") == GOOD
    # every half a minute
    assert (sum(waits), max(waits), len(told)) == (3300, 30, 110)
    assert all("too many requests for the ad account" in line for line in told)


def test_a_wait_may_be_told_as_a_date(vendor: Emulator, waits: list[float]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
    vendor.faults[1] = Reply({"error": {"code": 17}}, 400, {"Retry-After": until})
    assert ask(vendor) == GOOD
    assert 1700 < sum(waits) <= 1800


def test_a_wait_of_more_than_an_hour_ends_the_run_and_the_next_one_asks_no_earlier(
    vendor: Emulator, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.faults[1] = throttled(90)
    for _ in range(2):
        with pytest.raises(ResumeLaterError, match="90 minutes"):
            ask(vendor)
    assert len(vendor.requests) == 1

    monkeypatch.setattr("ingestion.http.rate_limits.clock", lambda: START + 90 * 60)
    assert ask(vendor) == GOOD
    assert waits == []


def test_waits_that_take_more_than_an_hour_together_end_the_run(
    vendor: Emulator, waits: list[float]
) -> None:
    vendor.faults.update(dict.fromkeys((1, 2), throttled(40)))
    with pytest.raises(ResumeLaterError, match="40 minutes"):
        ask(vendor)
    assert sum(waits) == 40 * 60
