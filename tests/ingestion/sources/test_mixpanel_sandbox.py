"""Mixpanel against the simulated company, whose seed is drawn anew: every event once, whatever fails."""

from __future__ import annotations

import secrets
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.http import client
from ingestion.loading.run import run
from ingestion.sandbox import faults, world
from ingestion.sandbox.faults import at
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import mixpanel
from tests.ingestion.fakes import query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.server import Sandbox
    from ingestion.toolkit.source import StreamResult

EXPORT = "/mixpanel/data/api/2.0/export"
UNTIL = date(2026, 4, 15)
# what Mixpanel itself counts as one event: name, id at ingest, $insert_id, day
TRUE_EVENTS = """
    select distinct
        event,
        coalesce(user_id, '$device:' || device_id, '') as id,
        coalesce(insert_id, properties_json) as insert_id,
        epoch_ms({clock})::date as day
    from read_parquet('{folder}/mixpanel/events-*.parquet')
"""
STORED_EVENTS = """
    select
        event,
        coalesce(properties ->> '$."$distinct_id_before_identity"', distinct_id, '') as id,
        coalesce(insert_id, '') as insert_id,
        export_date as day
    from raw_mixpanel.export_events
"""


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("seed") or secrets.randbelow(100_000)


@pytest.fixture(scope="module")
def company_folder(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    world.generate(folder, customers=120, months=4, seed=seed, until=UNTIL)
    return folder


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "sleep", lambda _seconds: None)
    monkeypatch.setenv("KETTE_TODAY", UNTIL.isoformat())


@contextmanager
def sandbox(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *rules: Any, **named: Any
) -> Iterator[Sandbox]:
    with serve_in_thread(folder, faults=rules, **named) as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def load(*streams: str) -> dict[str, StreamResult]:
    wanted = tuple(each for each in mixpanel.LOAD.streams if each.name in streams)
    return {result.stream: result for result in run(replace(mixpanel.LOAD, streams=wanted))}


def true_events(folder: Path, clock: str = "time_s * 1000") -> set[Any]:
    return set(duckdb.sql(TRUE_EVENTS.format(folder=folder, clock=clock)).fetchall())


def stored_events() -> set[Any]:
    found = query(STORED_EVENTS)
    assert len(found) == len(set(found)), "an event is there twice"
    return set(found)


def known_by(events: set[Any]) -> set[Any]:
    """Leave out what has no $insert_id: it is known by its properties, in another form."""
    return {each for each in events if not each[2].startswith("{") and each[2]}


def test_every_event_of_the_company_is_there_once(
    company_folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox(company_folder, monkeypatch):
        result = load("export_events")["export_events"]
        truth = true_events(company_folder)
        assert known_by(stored_events()) == known_by(truth), f"--seed {seed}"
        assert result.loaded == len(truth)
        load("export_events")
        assert known_by(stored_events()) == known_by(truth), f"--seed {seed}"


def test_an_older_project_counts_its_days_by_its_own_clock(
    company_folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_MODE", "project")
    monkeypatch.setenv("SOURCES__MIXPANEL__TIME_ZONE", "Europe/Berlin")
    clock = "epoch_ms(timezone('Europe/Berlin', to_timestamp(time_s)))"
    with sandbox(company_folder, monkeypatch, time_mode="project"):
        load("export_events")
    truth = {each for each in true_events(company_folder, clock) if each[3] < UNTIL}
    assert known_by(stored_events()) == known_by(truth), f"--seed {seed}"
    seconds = query("select count(distinct epoch(occurred_at)) from raw_mixpanel.export_events")
    folder = company_folder / "mixpanel" / "events-*.parquet"
    expected = duckdb.sql(f"select count(distinct time_s) from '{folder}'").fetchall()
    # the hour that comes twice lies outside these months
    assert seconds[0] == pytest.approx(expected[0][0], rel=0.01)


@pytest.mark.parametrize(
    "fault",
    [
        faults.too_many(3),
        faults.status(503),
        faults.html(),
        faults.reset(0.5),
        faults.cut(0.5),
        faults.cut_gzip(0.7),
        faults.terminated_early(0.5),
        faults.split_lines(3),
    ],
    ids=[
        "429",
        "503",
        "web page",
        "reset",
        "cut",
        "gzip cut",
        "terminated early",
        "records split over lines",
    ],
)
def test_no_event_is_lost_or_doubled_by_a_fault(
    fault: Any, company_folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox(company_folder, monkeypatch, at("mixpanel", EXPORT, 1, fault)):
        result = load("export_events")["export_events"]
    assert known_by(stored_events()) == known_by(true_events(company_folder)), f"--seed {seed}"
    assert result.quarantined == 0


@pytest.mark.parametrize(
    ("kind", "is_loaded"),
    [
        ("null_key", False),
        ("blank_key", False),
        ("lone_surrogate", False),
        ("big_integer", False),
        ("oversize", False),
        ("wrong_type", False),
        ("nul", True),
        ("nan", True),
        ("infinity", True),
    ],
)
def test_a_bad_record_is_cleaned_or_kept_aside(
    kind: str, is_loaded: bool, company_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = at("mixpanel", EXPORT, 1, faults.bad_record(kind))
    with sandbox(company_folder, monkeypatch, rule):
        result = load("export_events")["export_events"]
    assert result.quarantined == (0 if is_loaded else 1)
    bad = query("select count(*) from raw_mixpanel.export_events where insert_id like 'bad-%'")
    assert bad == [1 if is_loaded else 0]
    assert result.loaded == len(true_events(company_folder)) + is_loaded


def test_the_world_moves_on_and_a_later_run_equals_a_fresh_load(
    company_folder: Path, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "moving"
    shutil.copytree(company_folder, folder)
    columns = (
        "select * exclude (_dlt_load_id, _dlt_id) from raw_mixpanel.export_events order by all"
    )
    with sandbox(folder, monkeypatch):
        load("export_events")
        until = world.advance(folder, days=3).until
        monkeypatch.setenv("KETTE_TODAY", until.isoformat())
        load("export_events")
        followed = query(columns)
        monkeypatch.setenv("KETTE_HOME", str(tmp_path / "fresh"))
        load("export_events")
    # a login tells whose device it was long before; that part of the past is read again later
    assert known_by(stored_events()) == known_by(true_events(folder)), f"--seed {seed}"
    fresh = {row[0]: row for row in query(columns)}
    assert {row[0] for row in followed} == set(fresh), f"--seed {seed}"
