"""What only grows is bounded, and what is still asked for stays."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
)
from dagster._core.events import DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.test_utils import create_run_for_test

from ingestion.control import locks, store
from ingestion.control.tables import check_results, load_ledger
from ingestion.settings import settings
from orchestration import logs, records
from orchestration.dagster import housekeeping, instance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = 3
# of the proof: how many runs, and how many checks and materialisations of each
RUNS, EVENTS = 1000, 10
ENDS = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


@pytest.fixture
def storage(kette_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """Return an instance on disk, of whose runs few are kept."""
    monkeypatch.setenv("KETTE_KEEP_RUNS", str(KEPT))
    monkeypatch.setenv("DAGSTER_HOME", "")
    instance.prepare()
    with dg.DagsterInstance.get() as found:
        yield found


def run(storage: dg.DagsterInstance, name: str, status: dg.DagsterRunStatus) -> str:
    """Leave what a run leaves: its row, a file of events, a folder of what it printed."""
    made = create_run_for_test(storage, f"{name}_load", status=status)
    storage.report_engine_event("it is over", made)
    printed = settings().dagster_home / "storage" / made.run_id
    printed.mkdir(parents=True)
    (printed / "compute.out").write_text("x" * 1000)
    return str(made.run_id)


def test_the_newest_runs_are_kept_however_they_ended(storage: dg.DagsterInstance) -> None:
    ids = [run(storage, "hubspot", status) for status in [*ENDS, *ENDS]]
    going = run(storage, "hubspot", dg.DagsterRunStatus.STARTED)
    housekeeping.tidy(storage)
    kept = {found.run_id for found in storage.get_runs()}
    assert kept == {*ids[-KEPT:], going}
    home = settings().dagster_home
    assert {path.name for path in (home / "storage").iterdir()} == kept
    assert {path.stem for path in (home / "history" / "runs").glob("*.db")} - {"index"} == kept


def check(storage: dg.DagsterInstance, run_id: str, name: str = "unique") -> None:
    """Leave what a check of a run leaves: that it was meant, and what it came to."""
    told = {"asset_key": dg.AssetKey("dim_customers"), "check_name": name}
    planned = DagsterEvent(
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
        "hubspot_load",
        event_specific_data=AssetCheckEvaluationPlanned(**told),
    )
    storage.report_dagster_event(planned, run_id)
    evaluation = dg.AssetCheckEvaluation(**told, passed=True, metadata={})
    came = DagsterEvent(
        DagsterEventType.ASSET_CHECK_EVALUATION.value,
        "hubspot_load",
        event_specific_data=evaluation,
    )
    storage.report_dagster_event(came, run_id)


def materialized() -> DagsterEvent:
    """Return what a step tells of a table that was built."""
    return DagsterEvent(
        DagsterEventType.ASSET_MATERIALIZATION.value,
        "hubspot_load",
        event_specific_data=StepMaterializationData(
            dg.AssetMaterialization("dim_customers", metadata={"rows": 1})
        ),
    )


def rows_of_events(home: Path) -> dict[str, int]:
    """Return how many rows the file that all runs share holds, by table."""
    with closing(sqlite3.connect(home / "history" / "runs" / "index.db")) as connection:
        tables = ("event_logs", "asset_check_executions")
        return {
            name: connection.execute(f"select count(*) from {name}").fetchone()[0]
            for name in tables
        }


def test_what_checks_came_to_is_forgotten_with_their_run(storage: dg.DagsterInstance) -> None:
    home = settings().dagster_home
    for _ in range(2):
        for _ in range(KEPT):
            check(storage, run(storage, "hubspot", dg.DagsterRunStatus.SUCCESS))
        housekeeping.tidy(storage)
        counted = rows_of_events(home)
    assert counted == {"event_logs": 2 * KEPT, "asset_check_executions": KEPT}
    (latest,) = storage.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("dim_customers"), "unique"), limit=1
    )
    assert latest.run_id == storage.get_runs()[0].run_id


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@pytest.mark.proof
def test_a_thousand_runs_leave_the_disk_bounded(storage: dg.DagsterInstance) -> None:
    sizes = []
    for number in range(RUNS):
        run_id = run(storage, "hubspot", ENDS[number % 3])
        for each in range(EVENTS):
            check(storage, run_id, f"check_{each}")
            storage.report_dagster_event(materialized(), run_id)
        records.begin(run_id, "build_and_publish", "demo")
        records.record_checks(
            [
                {
                    "run_id": run_id,
                    "check_name": f"check_{each}",
                    "model": "dim_customers",
                    "status": "pass",
                    "checked_at": store.now(),
                }
                for each in range(10)
            ]
        )
        records.finish(run_id)
        with logs.quiet_output(run_id):
            pass
        housekeeping.tidy(storage)
        if number % 100 == 99:
            sizes.append(size(settings().home))
    assert len(storage.get_runs()) == KEPT
    assert len(list(logs.folder().glob(logs.PATTERN))) == KEPT
    with store.engine().connect() as connection:
        counted = connection.execute(sa.select(sa.func.count()).select_from(check_results))
        assert counted.scalar() == KEPT * 10
    assert rows_of_events(settings().dagster_home)["asset_check_executions"] == KEPT * EVENTS
    # once the files have their size they keep it: write-ahead logs grow during the first hundred
    assert sizes[-1] <= sizes[1] * 1.1


def add_load(days_ago: int, stream: str, status: str) -> None:
    with store.begin() as connection:
        connection.execute(
            sa.insert(load_ledger).values(
                load_id="1",
                source="hubspot",
                stream=stream,
                started_at=store.now() - timedelta(days=days_ago),
                status=status,
            )
        )


def test_the_newest_load_of_a_stream_is_known_however_long_ago_it_was(kette_home: Path) -> None:
    add_load(900, "deals", "loaded")
    add_load(800, "deals", "loaded")
    add_load(700, "deals", "failed")
    add_load(10, "owners", "failed")
    housekeeping.tidy()
    rows = load_ledger
    found = store.rows(sa.select(rows).order_by(rows.c.id))
    assert [(row["stream"], row["status"]) for row in found] == [
        ("deals", "loaded"),
        ("owners", "failed"),
    ]


def left_behind(path: Path, hours_ago: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half a file")
    moment = time.time() - hours_ago * 3600
    os.utime(path, (moment, moment))
    return path


def test_what_an_interrupted_load_and_publication_left_is_removed(kette_home: Path) -> None:
    serving, tmp = settings().serving, kette_home / "tmp"
    gone = [
        left_behind(tmp / "mixpanel.events.arrow", 2),
        left_behind(tmp / "unknown.arrow", 2),
        left_behind(serving / "warehouse-1.partial", 2),
    ]
    kept = [
        left_behind(tmp / "hubspot.deals.arrow", 2),
        left_behind(tmp / "tawk.chats.arrow", 0.5),
        left_behind(serving / "warehouse-2.partial", 0.5),
    ]
    with locks.source_lock("hubspot"):
        housekeeping.tidy()
    assert [path for path in gone if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_the_log_of_a_service_is_cut_while_it_goes_on_writing(
    kette_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "LOG_BYTES", 10)
    logs.folder().mkdir(parents=True)
    path = logs.folder() / "dagster.log"
    with path.open("ab") as service:
        service.write(b"more than ten bytes")
        service.flush()
        housekeeping.tidy()
        service.write(b"on")
    assert path.read_bytes() == b"on"
    assert path.with_suffix(".log.1").read_bytes() == b"more than ten bytes"
