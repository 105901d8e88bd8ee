"""Google Analytics 4 against the simulated company, whose seed is drawn anew."""

from __future__ import annotations

import secrets
import shutil
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from ingestion.loading.run import run
from ingestion.sandbox import faults, world
from ingestion.sandbox.faults import at
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources.ga4 import LOAD
from tests.ingestion.fakes import query
from tests.ingestion.sources.emulator import only

if TYPE_CHECKING:
    from pathlib import Path

UNTIL = date(2026, 4, 15)
STORED = """
    select epoch_us(occurred_at), event_name, strftime(event_date, '%Y%m%d'), user_pseudo_id, user_id
    from raw_ga4.events
"""
# what the company's property received; without consent nobody is shown
TRUE = """
    select time_us, event, day,
        case when consent is distinct from 'No' then cookie end,
        case when consent is distinct from 'No' then user_id end
    from '{folder}/ga4/events.parquet'
"""
ROWS = "select * exclude (_dlt_load_id, _dlt_id) from raw_ga4.{} order by all"
# what was withheld or put together is said of a whole answer, and answers span other days later
FIGURES = (
    "select columns(name -> name not in ('_dlt_load_id', '_dlt_id', 'is_thresholded', "
    "'has_other_row')) from raw_ga4.{} order by all"
)


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("seed") or secrets.randbelow(100_000)


@pytest.fixture(scope="module")
def company_folder(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    world.generate(folder, customers=150, months=4, seed=seed, until=UNTIL)
    return folder


def told(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=str)


def truth(folder: Path) -> list[Any]:
    return told(duckdb.sql(TRUE.format(folder=folder)).fetchall())


def test_every_event_is_there_once_and_again_after_some_days(
    company_folder: Path, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "world"
    shutil.copytree(company_folder, folder)
    with serve_in_thread(folder) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": str(UNTIL)}.items():
            monkeypatch.setenv(name, value)
        first, _ = run(LOAD)
        assert told(query(STORED)) == truth(folder), f"--seed {seed}"
        assert first.quarantined == 0
        before, asked = (
            [query(ROWS.format(name)) for name in ("events", "report_days")],
            len(sandbox.requests),
        )
        again, _ = run(LOAD)
        assert [query(ROWS.format(name)) for name in ("events", "report_days")] == before
        assert again.seen < first.seen / 4
        # the last thirty days lie in two months
        assert len(sandbox.requests) - asked == 2

        until = world.advance(folder, days=3).until
        monkeypatch.setenv("KETTE_TODAY", until.isoformat())
        results = run(LOAD)
        assert [result.status for result in results] == ["loaded", "loaded"], f"--seed {seed}"
        assert told(query(STORED)) == truth(folder), f"--seed {seed}"
        followed = [query(FIGURES.format(name)) for name in ("events", "report_days")]
        monkeypatch.setenv("KETTE_HOME", str(tmp_path / "fresh"))
        run(LOAD)
        fresh = [query(FIGURES.format(name)) for name in ("events", "report_days")]
        assert fresh == followed, f"--seed {seed}"


@pytest.mark.parametrize(
    "fault",
    [faults.too_many(2), faults.status(503), faults.reset(0.5), faults.cut_gzip(0.7)],
    ids=["429", "503", "reset", "gzip cut"],
)
def test_no_figure_is_lost_by_a_fault(
    fault: Any, company_folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.http.client.sleep", lambda _seconds: None)
    path = "/ga4/v1beta/properties/987654321:runReport"
    sessions = "select sum(sessions) from raw_ga4.report_days"
    with serve_in_thread(company_folder, faults=[at("ga4", path, 1, fault)]) as sandbox:
        for name, value in {**sandbox.environment(), "KETTE_TODAY": str(UNTIL)}.items():
            monkeypatch.setenv(name, value)
        (first,) = run(only(LOAD, "report_days"))
        found = query(sessions)
        run(only(LOAD, "report_days"))
        assert query(sessions) == found, f"--seed {seed}"
    assert first.loaded > 20
    assert first.requests > 2
