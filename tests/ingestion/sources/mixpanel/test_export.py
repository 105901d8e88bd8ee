"""Mixpanel: every event once and in its day, late and rewritten ones too, within the hour's budget."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from ingestion.control import store, suppression, tables
from ingestion.errors import CredentialsError, KetteError, ResumeLaterError
from ingestion.loading.run import source_status
from ingestion.sources.mixpanel import LOAD
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import Emulator, Reply
from tests.ingestion.sources.mixpanel.loading import load
from tests.ingestion.sources.project import PROJECT, Project, event

if TYPE_CHECKING:
    from collections.abc import Callable


TODAY = "2026-05-25"


def insert_ids() -> list[str]:
    return query("select insert_id from raw_mixpanel.export_events order by insert_id")


def today(project: Project, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project.today = date.fromisoformat(day)
    monkeypatch.setenv("KETTE_TODAY", day)


def test_an_event_is_stored_with_true_time_day_key_and_its_properties(project: Project) -> None:
    load()
    parts = [str(PROJECT), "Signed Up", "u1", "1779321599000", "a2"]
    key = hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()
    found = query(
        "select event_key, event, occurred_at, export_date, distinct_id, processed_at, properties"
        " from raw_mixpanel.export_events where insert_id = 'a2'"
    )
    assert len(found) == 1
    *values, properties = found[0]
    assert values == [
        key,
        "Signed Up",
        datetime(2026, 5, 20, 23, 59, 59, tzinfo=UTC),
        date(2026, 5, 20),
        "u1",
        datetime(2026, 5, 21, 0, 0, 2, tzinfo=UTC),
    ]
    assert json.loads(properties) == project.events[1]["properties"]


def test_the_export_ends_with_yesterday_and_a_second_run_changes_nothing(
    project: Project,
) -> None:
    project.events.append(event("2026-05-25T00:30:00", "today"))
    load()
    assert project.exports == [("2026-05-01", "2026-05-24")]
    rows = "select * exclude (_dlt_load_id, _dlt_id) from raw_mixpanel.export_events order by all"
    first = query(rows)
    load()
    assert query(rows) == first
    assert insert_ids() == ["a1", "a2", "a3", "a4"]


def test_the_last_days_are_read_again_in_one_request(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    today(project, "2026-05-27", monkeypatch)
    project.events += [
        event("2026-05-18T08:00:00", "a week late"),
        event("2026-05-17T08:00:00", "too late"),
        event("2026-05-26T08:00:00", "new"),
    ]
    load()
    assert project.exports[1:] == [("2026-05-18", "2026-05-26")]
    assert insert_ids() == ["a week late", "a1", "a2", "a3", "a4", "new"]
    load(from_date=date(2026, 5, 16), to_date=date(2026, 5, 17))
    assert project.exports[2:] == [("2026-05-16", "2026-05-17")]
    assert "too late" in insert_ids()
    # reading an old day again does not move the beginning of the next run
    load()
    assert project.exports[3:] == [("2026-05-20", "2026-05-26")]


def test_what_the_vendor_removed_goes_and_what_it_rewrote_is_replaced(project: Project) -> None:
    load()
    del project.events[0]
    project.events[1]["properties"] |= {
        "distinct_id": "u7",
        "$distinct_id_before_identity": "$device:d1",
    }
    load()
    assert query(
        "select insert_id, distinct_id from raw_mixpanel.export_events order by insert_id"
    ) == [("a2", "u1"), ("a3", "u7"), ("a4", "u1")]


def test_an_event_without_insert_id_keeps_its_key_when_a_login_rewrites_it(
    project: Project,
) -> None:
    project.events = [
        event("2026-05-22T10:00:00", None, distinct_id="$device:d1", note="one"),
        event("2026-05-22T10:00:00", None, distinct_id="$device:d1", note="two"),
    ]
    load()
    keys = query("select event_key from raw_mixpanel.export_events order by properties ->> 'note'")
    assert len(set(keys)) == 2
    for each in project.events:
        each["properties"] |= {"distinct_id": "u7", "$distinct_id_before_identity": "$device:d1"}
    load()
    rewritten = (
        "select event_key from raw_mixpanel.export_events where distinct_id = 'u7' order by "
    )
    assert query(f"{rewritten} properties ->> 'note'") == keys


def test_duplicates_are_dropped_as_mixpanel_compacts_them(project: Project) -> None:
    project.events = [
        event("2026-05-20T10:00:00", "same", note="first"),
        event("2026-05-20T10:00:00", "same", note="later", mp_processing_time_ms=2_000_000_000_000),
        event("2026-05-20T10:00:00", "same", note="first"),
        event("2026-05-20T11:30:00", "moved", note="first"),
        event(
            "2026-05-20T09:00:00", "moved", note="later", mp_processing_time_ms=2_000_000_000_000
        ),
        event("2026-05-20T10:00:00", "shared", distinct_id="u2"),
        event("2026-05-20T10:00:00", "shared", distinct_id="u3"),
        event("2026-05-20T10:00:00", "shared", name="Other"),
        event("2026-05-21T10:00:00", "same"),
        event("2026-05-22T10:00:00", None, note="one"),
        event("2026-05-22T10:00:00", None, note="two"),
        event("2026-05-22T10:00:00", None, note="two"),
    ]
    result = load()["export_events"]
    found = query(
        "select insert_id, event, distinct_id, occurred_at::varchar, properties ->> 'note'"
        " from raw_mixpanel.export_events"
    )
    ten, nine = "2026-05-20 10:00:00+00", "2026-05-20 09:00:00+00"
    assert sorted(found, key=str) == sorted(
        [
            ("same", "Page Viewed", "u1", ten, "later"),
            ("moved", "Page Viewed", "u1", nine, "later"),
            ("shared", "Page Viewed", "u2", ten, None),
            ("shared", "Page Viewed", "u3", ten, None),
            ("shared", "Other", "u1", ten, None),
            ("same", "Page Viewed", "u1", "2026-05-21 10:00:00+00", None),
            (None, "Page Viewed", "u1", "2026-05-22 10:00:00+00", "one"),
            (None, "Page Viewed", "u1", "2026-05-22 10:00:00+00", "two"),
        ],
        key=str,
    )
    assert (result.seen, result.loaded, result.deduped) == (12, 8, 4)


def test_an_event_without_a_person_is_kept_and_one_without_name_or_time_is_not(
    project: Project,
) -> None:
    nameless = event("2026-05-20T10:00:00", "n1")
    nameless["event"] = None
    timeless = event("2026-05-20T10:00:00", "n2")
    del timeless["properties"]["time"]
    project.events = [
        event("2026-05-20T10:00:00", "anonymous", distinct_id=""),
        event("2026-05-20T10:00:00", "absent", distinct_id=None),
        nameless,
        timeless,
        event("2026-05-20T10:00:00", "n3", time="soon"),
        {"event": "No properties"},
    ]
    result = load()["export_events"]
    assert insert_ids() == ["absent", "anonymous"]
    assert (result.seen, result.quarantined) == (6, 4)
    reasons = {row["reason"]: row["record_count"] for row in store.quarantine_counts()}
    assert reasons == {"the event has no name": 1, "the event has no time": 3}


PROJECT_TIMES = [
    ("2026-01-15T12:00:00", None, "2026-01-15 11:00:00+00", "2026-01-15"),
    ("2026-05-20T00:30:00", None, "2026-05-19 22:30:00+00", "2026-05-20"),
    ("2025-10-26T01:59:59", None, "2025-10-25 23:59:59+00", "2025-10-26"),
    ("2025-10-26T02:30:00", "2025-10-26T00:30:02", "2025-10-26 00:30:00+00", "2025-10-26"),
    ("2025-10-26T02:30:00", "2025-10-26T01:30:02", "2025-10-26 01:30:00+00", "2025-10-26"),
    ("2025-10-26T02:30:00", None, "2025-10-26 01:30:00+00", "2025-10-26"),
    ("2025-10-26T03:00:00", None, "2025-10-26 02:00:00+00", "2025-10-26"),
    ("2026-03-29T01:59:59", None, "2026-03-29 00:59:59+00", "2026-03-29"),
    ("2026-03-29T03:00:00", None, "2026-03-29 01:00:00+00", "2026-03-29"),
]


@pytest.mark.parametrize(
    ("clock", "received", "true_time", "day"),
    PROJECT_TIMES,
    ids=[
        "winter",
        "after midnight in summer",
        "before the hour that comes twice",
        "the first of the two, by its receipt",
        "the second of the two, by its receipt",
        "one of the two, nobody knows which",
        "after the hour that comes twice",
        "before the hour that is left out",
        "after the hour that is left out",
    ],
)
def test_the_wall_clock_of_an_older_project_becomes_true_time(
    clock: str,
    received: str | None,
    true_time: str,
    day: str,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_MODE", "project")
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_ZONE", "Europe/Berlin")
    monkeypatch.setenv("SOURCES__MIXPANEL__START_DATE", "2025-10-20")
    more = {}
    if received:
        moment = datetime.fromisoformat(f"{received}+00:00")
        more = {"$mp_api_timestamp_ms": int(moment.timestamp() * 1000)}
    project.events = [event(clock, "a1", **more)]
    load()
    assert query(
        "select occurred_at::varchar, export_date::varchar from raw_mixpanel.export_events"
    ) == [(true_time, day)]


@pytest.mark.parametrize(
    ("zone", "last"),
    [("Pacific/Auckland", "2026-05-24"), ("America/New_York", "2026-05-23")],
    ids=["ahead of UTC", "behind UTC"],
)
def test_yesterday_is_the_projects_own(
    zone: str, last: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # at midnight in UTC it is the 25th in Auckland and still the 24th in New York
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_MODE", "project")
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_ZONE", zone)
    load()
    assert project.exports == [("2026-05-01", last)]


def test_a_long_history_is_read_in_steps_that_grow_while_they_bring_little(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MIXPANEL__START_DATE", "2025-01-01")
    load()
    assert project.exports == [
        ("2025-01-01", "2025-01-31"),
        ("2025-02-01", "2026-02-01"),
        ("2026-02-02", "2026-05-24"),
    ]
    assert insert_ids() == ["a1", "a2", "a3", "a4"]


def test_a_long_wait_ends_the_run_and_the_next_goes_on(
    project: Project, vendor: Emulator, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MIXPANEL__START_DATE", "2025-01-01")
    project.events.append(event("2025-01-10T10:00:00", "old"))
    vendor.faults[2] = Reply({"error": "Query rate limit"}, 429, {"Retry-After": "5400"})
    with pytest.raises(ResumeLaterError, match=r"mixpanel export_events .*: .* 90 minutes"):
        load()
    assert insert_ids() == ["old"]
    assert waited == []
    waited.append(5400)
    load()
    # the trailing days of what was there, and then on
    assert project.exports == [
        ("2025-01-01", "2025-01-31"),
        ("2025-01-25", "2025-02-24"),
        ("2025-02-25", "2026-02-25"),
        ("2026-02-26", "2026-05-24"),
    ]
    assert insert_ids() == ["a1", "a2", "a3", "a4", "old"]


def test_sixty_exports_an_hour_are_counted_over_runs(project: Project, waited: list[float]) -> None:
    for _ in range(60):
        load(from_date=date(2026, 5, 20), to_date=date(2026, 5, 20))
        if len(project.exports) == 5:
            key = f"budget/mixpanel/{PROJECT}/export"
            sent = json.loads(store.fact(key) or "[]")
            store.remember(key, json.dumps(sent * 12))
            break
    assert waited == []
    load()
    # some seconds may have passed since the first
    assert 3500 < sum(waited) <= 3600
    assert len(project.exports) == 6


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[: body.index(b"\n") + 1] + b"terminated early\n",
        lambda _: b"terminated early",
    ],
    ids=["after some events", "at once"],
)
def test_an_export_that_ended_early_is_asked_for_again(
    spoil: Callable[[bytes], bytes], project: Project
) -> None:
    project.spoiled[1] = spoil
    result = load()["export_events"]
    assert insert_ids() == ["a1", "a2", "a3", "a4"]
    assert (result.seen, result.requests) == (4, 2)


def test_an_export_that_always_ends_early_leaves_what_is_stored(project: Project) -> None:
    load()
    project.spoiled = dict.fromkeys(range(1, 99), lambda body: body[:-30] + b"\nterminated early\n")
    with pytest.raises(KetteError, match=r"api/2.0/export\)?: the export says that it ended early"):
        load()
    assert insert_ids() == ["a1", "a2", "a3", "a4"]


def test_an_export_whose_end_nothing_proves_is_noted_in_the_ledger(
    project: Project, vendor: Emulator
) -> None:
    assert load()["export_events"].note == ""
    vendor.answer = lambda request: (
        replace(answer, sized=False)
        if isinstance(answer := project.answer(request), Reply)
        else answer
    )
    result = load()["export_events"]
    assert (result.status, result.loaded) == ("loaded", 4)
    assert "no length came with the export" in result.note


def test_a_bad_line_is_kept_aside_with_its_bytes(project: Project) -> None:
    bad = b'{"event":"Page Viewed","properties":{"time":1,"name":"\xff"}}'
    project.spoiled[1] = lambda body: bad + b"\n" + body
    result = load()["export_events"]
    assert insert_ids() == ["a1", "a2", "a3", "a4"]
    assert (result.seen, result.quarantined) == (5, 1)
    (kept,) = store.rows(sa.select(tables.quarantine))
    assert (kept["payload"], kept["reason"]) == (bad, "not UTF-8")


def test_a_day_that_comes_back_empty_is_held_until_it_is_empty_twice(project: Project) -> None:
    load()
    del project.events[0:2]
    result = load()["export_events"]
    assert result.status == "held"
    assert insert_ids() == ["a1", "a2", "a3", "a4"]
    assert load()["export_events"].status == "loaded"
    assert insert_ids() == ["a3", "a4"]


def test_a_suppressed_person_is_left_out(project: Project) -> None:
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="user_id",
                identifier_hash=suppression.identifier_hash("u1"),
                suppressed_at=store.now(),
            )
        )
    result = load()["export_events"]
    assert (insert_ids(), result.suppressed) == (["a3"], 3)


def test_refused_credentials_are_named_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__MIXPANEL__SERVICE_ACCOUNT_SECRET", "wrong-secret")
    with pytest.raises(
        CredentialsError, match=r"mixpanel export_events \(127.*/export\): the credentials"
    ) as error:
        load()
    assert "wrong-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME_MODE", "local"),
        ("TIME_ZONE", "Europe/Nowhere"),
        ("LOOKBACK_DAYS", "-1"),
        ("START_DATE", "last year"),
        ("PROJECT_ID", "mine"),
    ],
)
def test_a_setting_of_the_wrong_form_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SOURCES__MIXPANEL__{name}", value)
    status = source_status(LOAD)
    assert status.state == "broken"
    assert f"SOURCES__MIXPANEL__{name}" in status.reason
