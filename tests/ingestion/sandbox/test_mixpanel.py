"""The sandbox speaks Mixpanel as the vendor documents it and as integrators met it."""

from __future__ import annotations

import json
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ingestion.sandbox import credentials
from ingestion.sandbox.common import PROJECT_MODE
from ingestion.sandbox.server import Sandbox, serve_in_thread
from tests.ingestion.sandbox.handmade import (
    HTTP,
    MIXPANEL,
    Clock,
    at_ms,
    at_s,
    event,
    first_and_others,
    held_up,
    hurrying,
    write_world,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXPORT, ENGAGE = "/mixpanel/data/api/2.0/export", "/mixpanel/query/api/query/engage"
PROJECT = {"project_id": str(credentials.MIXPANEL_PROJECT_ID)}


def profile(distinct_id: str) -> dict[str, Any]:
    return {
        "distinct_id": distinct_id,
        "created_ms": at_ms("2025-01-05"),
        "updated_ms": at_ms("2025-03-02 09:00:01"),
        "properties_json": json.dumps({"$email": f"{distinct_id}@kunde.example", "plan": "pro"}),
    }


COMPANY = {
    "mixpanel/events": [
        # summer time begins on 30 March 2025 at 01:00 UTC
        event("2025-03-29 22:59:59", "before-the-day"),
        event("2025-03-29 23:00:00", "local-midnight"),
        event("2025-03-30 00:00:00", "utc-midnight"),
        event("2025-03-30 21:59:59", "end-of-local-day"),
        event("2025-03-30 22:00:00", "next-local-day"),
        event("2025-03-30 23:59:59", "end-of-utc-day"),
        event("2025-02-10 10:00:00", "logged-in", user_id="u-1", event="Logged In"),
        event("2025-02-10 09:00:00", "linked", linked_user_id="u-1", linked_ms=at_ms("2025-02-10")),
        event("2025-02-10 08:00:00", "anonymous", device_id="d-2"),
        event("2025-02-10 07:00:00", "nobody", device_id=None, library=None),
    ],
    "mixpanel/profiles": [profile(f"u-{number:04d}") for number in range(2501)],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with serve_in_thread(folder, clock=hurrying()) as running:
        yield running


def export(sandbox: Sandbox, first: str, last: str, **more: str) -> httpx.Response:
    params = {**PROJECT, "from_date": first, "to_date": last, **more}
    return HTTP.get(sandbox.base_url + EXPORT, params=params, auth=MIXPANEL)


def engage(sandbox: Sandbox, **form: str) -> httpx.Response:
    return HTTP.post(sandbox.base_url + ENGAGE, params=PROJECT, data=form, auth=MIXPANEL)


def properties(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line)["properties"] for line in answer.content.split(b"\n") if line]
    return {line["$insert_id"]: line for line in lines}


def test_both_days_of_a_range_are_included_and_counted_in_utc(sandbox: Sandbox) -> None:
    found = properties(export(sandbox, "2025-03-30", "2025-03-30"))
    assert set(found) == {"utc-midnight", "end-of-local-day", "next-local-day", "end-of-utc-day"}
    assert found["utc-midnight"]["time"] == at_s("2025-03-30 00:00:00")


def test_an_older_project_counts_days_and_time_by_its_own_wall_clock(folder: Path) -> None:
    with serve_in_thread(folder, time_mode=PROJECT_MODE, clock=hurrying()) as sandbox:
        found = properties(export(sandbox, "2025-03-30", "2025-03-30"))
    assert set(found) == {"local-midnight", "utc-midnight", "end-of-local-day"}
    # the clock showed 00:00 in winter and 23:59:59 in summer, stored as if that were UTC
    assert found["local-midnight"]["time"] == at_s("2025-03-30 00:00:00")
    assert found["end-of-local-day"]["time"] == at_s("2025-03-30 23:59:59")
    assert found["end-of-local-day"]["mp_processing_time_ms"] == at_ms("2025-03-30 22:00:01.5")


def test_a_day_after_today_is_refused(sandbox: Sandbox) -> None:
    answer = export(sandbox, "2025-04-01", "2025-04-02")
    assert (answer.status_code, "to_date cannot be later than today" in answer.text) == (400, True)
    assert export(sandbox, "2025-03-31", "2025-04-01").status_code == 200


def test_a_range_without_events_gives_an_empty_body(sandbox: Sandbox) -> None:
    answer = export(sandbox, "2025-01-01", "2025-01-31")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("auth", "params"),
    [
        (None, PROJECT),
        (httpx.BasicAuth(credentials.MIXPANEL_USERNAME, "wrong"), PROJECT),
        (MIXPANEL, {"project_id": "1"}),
    ],
    ids=["none", "wrong secret", "another project"],
)
def test_wrong_credentials_are_answered_with_status_400(
    sandbox: Sandbox, auth: httpx.Auth | None, params: dict[str, str]
) -> None:
    days = {"from_date": "2025-03-01", "to_date": "2025-03-01"}
    answer = HTTP.get(sandbox.base_url + EXPORT, params={**params, **days}, auth=auth)
    assert answer.status_code == 400
    assert "Unable to authenticate request" in answer.text


def test_a_service_account_must_name_its_project(sandbox: Sandbox) -> None:
    days = {"from_date": "2025-03-01", "to_date": "2025-03-01"}
    answer = HTTP.get(sandbox.base_url + EXPORT, params=days, auth=MIXPANEL)
    assert (answer.status_code, "project_id" in answer.text) == (400, True)


def test_credentials_may_follow_the_word_basic_as_plain_text(sandbox: Sandbox) -> None:
    plain = f"Basic {credentials.MIXPANEL_USERNAME}:{credentials.MIXPANEL_SECRET}"
    days = {"from_date": "2025-03-01", "to_date": "2025-03-01"}
    answer = HTTP.get(
        sandbox.base_url + EXPORT, params={**PROJECT, **days}, headers={"Authorization": plain}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("day", "accepted", "packed"),
    [
        ("2025-03-29", "gzip", False),
        ("2025-03-30", "gzip", False),
        ("2025-02-10", "gzip", False),
        ("all", "gzip", True),
        ("all", "identity", False),
    ],
)
def test_only_bodies_over_1400_bytes_are_packed_and_only_on_demand(
    sandbox: Sandbox, day: str, accepted: str, packed: bool
) -> None:
    first, last = ("2025-02-01", "2025-03-31") if day == "all" else (day, day)
    answer = HTTP.get(
        sandbox.base_url + EXPORT,
        params={**PROJECT, "from_date": first, "to_date": last},
        auth=MIXPANEL,
        headers={"Accept-Encoding": accepted},
    )
    assert (len(answer.content) > 1400) == (day == "all")
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    assert "content-length" not in answer.headers
    assert answer.headers["transfer-encoding"] == "chunked"


def test_distinct_ids_are_those_known_by_now(sandbox: Sandbox) -> None:
    found = properties(export(sandbox, "2025-02-10", "2025-02-10"))
    ids = {
        name: (line["distinct_id"], line.get("$distinct_id_before_identity"))
        for name, line in found.items()
    }
    assert ids == {
        "logged-in": ("u-1", None),
        "linked": ("u-1", "$device:d-1"),
        "anonymous": ("$device:d-2", None),
        "nobody": ("", None),
    }
    assert found["logged-in"]["$user_id"] == "u-1"
    assert "mp_lib" not in found["nobody"]


def test_events_are_chosen_by_name_by_expression_and_up_to_a_limit(sandbox: Sandbox) -> None:
    day = ("2025-02-10", "2025-02-10")
    assert set(properties(export(sandbox, *day, event='["Logged In"]'))) == {"logged-in"}
    begin, end = at_s("2025-02-10 08:00:00"), at_s("2025-02-10 10:00:00")
    half_open = f'properties["$time"]>=datetime({begin}) and properties["$time"]<datetime({end})'
    assert set(properties(export(sandbox, *day, where=half_open))) == {"anonymous", "linked"}
    written = 'event["$time"] >= datetime("2025-02-10T10:00:00")'
    assert set(properties(export(sandbox, *day, where=written))) == {"logged-in"}
    assert len(properties(export(sandbox, *day, limit="2"))) == 2
    assert export(sandbox, *day, where="1 or 1").status_code == 400


def test_times_come_in_milliseconds_on_demand(sandbox: Sandbox) -> None:
    found = properties(export(sandbox, "2025-03-29", "2025-03-29", time_in_ms="true"))
    assert found["local-midnight"]["time"] == at_ms("2025-03-29 23:00:00")


def test_an_hour_has_60_queries_and_a_second_has_3(folder: Path) -> None:
    clock = Clock()
    with serve_in_thread(folder, clock=clock) as sandbox:
        day = ("2025-01-01", "2025-01-01")
        assert [export(sandbox, *day).status_code for _ in range(4)] == [200, 200, 200, 429]
        for _ in range(57):
            clock.now += 1
            assert export(sandbox, *day).status_code == 200
        clock.now += 1
        refused = export(sandbox, *day)
        assert refused.status_code == 429
        assert "61/60 queries running in the last hour" in refused.json()["error"]
        assert "retry-after" not in refused.headers
        clock.now = 3600
        assert export(sandbox, *day).status_code == 200


def test_the_query_api_tells_when_to_come_back(folder: Path) -> None:
    with serve_in_thread(folder, clock=Clock()) as sandbox:
        answers = [engage(sandbox) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["retry-after"] == "2"


def test_profiles_are_paged_within_a_session_and_counted_on_the_first_page(
    sandbox: Sandbox,
) -> None:
    pages = [engage(sandbox).json()]
    session = pages[0]["session_id"]
    pages += [engage(sandbox, session_id=session, page=str(page)).json() for page in (1, 2)]
    assert [len(page["results"]) for page in pages] == [1000, 1000, 501]
    assert [page.get("total") for page in pages] == [2501, None, None]
    assert {page["session_id"] for page in pages} == {session}
    ids = {result["$distinct_id"] for page in pages for result in page["results"]}
    assert ids == {f"u-{number:04d}" for number in range(2501)}
    assert pages[0]["results"][0]["$properties"] == {
        "$email": "u-0000@kunde.example",
        "plan": "pro",
        "$last_seen": "2025-03-02T09:00:01",
    }


def test_a_session_that_is_not_known_any_more_is_refused(sandbox: Sandbox) -> None:
    first = engage(sandbox).json()["session_id"]
    for _ in range(4):
        engage(sandbox)
    assert engage(sandbox, session_id=first, page="1").status_code == 400


def test_profiles_are_chosen_by_id_and_by_expression(sandbox: Sandbox) -> None:
    assert engage(sandbox, distinct_id="u-0007").json()["total"] == 1
    assert engage(sandbox, distinct_ids='["u-0007","u-0008"]').json()["total"] == 2
    since = 'properties["$last_seen"]>="2025-03-02T09:00:02"'
    assert engage(sandbox, where=since).json()["total"] == 0


def test_some_ids_made_of_digits_come_as_numbers(tmp_path: Path) -> None:
    numbers = [profile(str(number)) for number in range(100, 200)]
    with serve_in_thread(write_world(tmp_path, {"mixpanel/profiles": numbers})) as sandbox:
        results = engage(sandbox).json()["results"]
    ids = [result["$distinct_id"] for result in results]
    assert {type(one) for one in ids} == {int, str}
    assert {str(one) for one in ids} == {str(number) for number in range(100, 200)}


def test_answers_follow_a_world_that_moves_on(tmp_path: Path) -> None:
    write_world(tmp_path, {"mixpanel/events": [event("2025-03-31 10:00:00", "first")]})
    with serve_in_thread(tmp_path, clock=hurrying()) as sandbox:
        day = ("2025-03-31", "2025-03-31")
        assert set(properties(export(sandbox, *day))) == {"first"}
        later = [event("2025-03-31 10:00:00", "first"), event("2025-03-31 09:00:00", "late")]
        write_world(tmp_path, {"mixpanel/events": later}, until=date(2025, 4, 2))
        assert set(properties(export(sandbox, *day))) == {"first", "late"}
        assert export(sandbox, "2025-04-02", "2025-04-02").status_code == 200


def test_no_more_than_5_queries_run_at_once(folder: Path) -> None:
    moves = threading.Event()
    with serve_in_thread(folder, clock=held_up(moves)) as sandbox:
        codes = first_and_others(moves, 6, lambda: engage(sandbox, distinct_id="x").status_code)
    assert codes == [429] + [200] * 5
