"""Dagster's event log over open connections holds what Dagster's own would, in the same files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.test_utils import create_run_for_test

from ingestion.settings import settings
from orchestration.dagster import event_log, instance

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", "")
    instance.prepare()
    with dg.DagsterInstance.get() as found:
        yield found


def run(storage: dg.DagsterInstance, text: str) -> str:
    made = create_run_for_test(storage, "hubspot_load")
    storage.report_engine_event(text, made)
    storage.report_runless_asset_event(dg.AssetMaterialization("hubspot", description=text))
    return str(made.run_id)


def told(storage: SqliteEventLogStorage, run_id: str) -> list[str]:
    events = [each.dagster_event for each in storage.get_logs_for_run(run_id)]
    return [event.message or "" for event in events if event]


def test_dagsters_own_event_log_reads_what_was_written(storage: dg.DagsterInstance) -> None:
    assert isinstance(storage.event_log_storage, event_log.EventLog)
    runs = [run(storage, f"the {number}th") for number in range(event_log.OPEN_FILES + 2)]
    own = SqliteEventLogStorage(str(settings().dagster_home / "history" / "runs"))
    for number, run_id in enumerate(runs):
        assert told(own, run_id) == [f"the {number}th"]
    (found,) = own.fetch_materializations(dg.AssetKey("hubspot"), limit=1).records
    assert found.asset_materialization is not None
    assert found.asset_materialization.description == f"the {len(runs) - 1}th"


def test_what_dagsters_own_event_log_wrote_is_read(storage: dg.DagsterInstance) -> None:
    own = SqliteEventLogStorage(str(settings().dagster_home / "history" / "runs"))
    run_id = run(storage, "before")
    (event,) = own.get_logs_for_run(run_id)
    own.store_event(event)
    assert told(storage.event_log_storage, run_id) == ["before", "before"]


def test_only_some_files_are_open_at_a_time(storage: dg.DagsterInstance) -> None:
    log = storage.event_log_storage
    assert isinstance(log, event_log.EventLog)
    runs = [run(storage, "it is over") for _ in range(event_log.OPEN_FILES + 2)]
    assert len(log._engines) == event_log.OPEN_FILES
    assert [told(log, run_id) for run_id in runs] == [["it is over"]] * len(runs)


def test_a_run_that_another_process_has_forgotten_is_empty(storage: dg.DagsterInstance) -> None:
    run_id = run(storage, "it is over")
    for path in (settings().dagster_home / "history" / "runs").glob(f"{run_id}.db*"):
        path.unlink()
    assert told(storage.event_log_storage, run_id) == []


def test_a_table_is_known_like_in_dagsters_own(storage: dg.DagsterInstance) -> None:
    log = storage.event_log_storage
    assert isinstance(log, event_log.EventLog)
    own = SqliteEventLogStorage(str(settings().dagster_home / "history" / "runs"))
    for table in ("event_logs", "asset_check_executions", "no_such_table"):
        assert [log.has_table(table), log.has_table(table)] == [own.has_table(table)] * 2
