"""What is kept and for how long: the only place for this policy.

It runs after each run. It never deletes data, only records of old runs and the leftovers of interrupted
ones.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ingestion.control import locks, outcomes, store, tables
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import logs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dagster import DagsterInstance

# rows of the control store that tell of the past: as long as figures as known keep their rows
ROWS_KEPT_FOR = timedelta(days=400)
# a file that nobody has written to for so long was left behind
LEFT_BEHIND_SECONDS = 60 * 60
# a step of housekeeping must not take long
FORGOTTEN_AT_ONCE = 100
# what a service that runs for months has printed
LOG_BYTES = 10_000_000


def tidy(instance: DagsterInstance | None = None) -> None:
    """Remove what is kept no longer.

    Args:
        instance: Dagster's; None leaves its runs alone.
    """
    if instance is not None:
        _dagster_runs(instance)
    _check_results()
    _old_rows()
    _run_logs()
    _left_behind()


def _dagster_runs(instance: DagsterInstance) -> None:
    """Keep the newest runs of each job that have ended, however they ended."""
    import dagster as dg

    ended = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    met: Counter[str] = Counter()
    old = []
    # the newest come first
    for run in instance.get_runs(dg.RunsFilter(statuses=ended)):
        met[run.job_name] += 1
        if met[run.job_name] > settings().keep_runs:
            old.append(run.run_id)
    for run_id in old[:FORGOTTEN_AT_ONCE]:
        _forget(instance, run_id)


def _forget(instance: DagsterInstance, run_id: str) -> None:
    """Delete a run with its events and what it printed."""
    from dagster._core.storage.event_log import SqlEventLogStorage
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable as Checks

    instance.delete_run(run_id)
    events = instance.event_log_storage
    if isinstance(events, SqlEventLogStorage):
        # Dagster would keep what each check of each run came to for ever
        with events.index_connection() as connection:
            connection.execute(sa.delete(Checks).where(Checks.c.run_id == run_id))
    home = settings().dagster_home
    shutil.rmtree(home / "storage" / run_id, ignore_errors=True)
    # Dagster empties the file of its events and leaves it
    for path in (home / "history" / "runs").glob(f"{run_id}.db*"):
        path.unlink(missing_ok=True)


def _check_results() -> None:
    """Keep the checks of the newest runs that checked anything."""
    results = tables.check_results
    newest = (
        sa.select(results.c.run_id)
        .group_by(results.c.run_id)
        .order_by(sa.func.max(results.c.id).desc())
        .limit(settings().keep_runs)
    )
    kept = [row["run_id"] for row in store.rows(newest)]
    with store.begin() as connection:
        connection.execute(sa.delete(results).where(results.c.run_id.not_in(kept)))


def _old_rows() -> None:
    """Forget runs, loads and settled changes of long ago; the newest load of a stream stays."""
    before = store.now() - ROWS_KEPT_FOR
    runs, loads, changes = tables.runs, tables.load_ledger, tables.schema_changes
    newest = (
        sa.select(sa.func.max(loads.c.id))
        .where(loads.c.status.in_(outcomes.KEPT))
        .group_by(loads.c.source, loads.c.stream)
    )
    with store.begin() as connection:
        connection.execute(sa.delete(runs).where(runs.c.started_at < before))
        connection.execute(
            sa.delete(loads).where(loads.c.started_at < before, loads.c.id.not_in(newest))
        )
        connection.execute(sa.delete(changes).where(changes.c.settled_at < before))


def _run_logs() -> None:
    """Keep the logs of the newest runs, and the end of what services print."""
    found = sorted(logs.folder().glob(logs.PATTERN), reverse=True)
    for path in found[settings().keep_runs :]:
        path.unlink(missing_ok=True)
    for path in set(logs.folder().glob("*.log")) - set(found):
        if not path.is_symlink() and path.stat().st_size > LOG_BYTES:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            # emptied in place: its service has it open, and appends
            with path.open("r+") as file:
                file.truncate(0)


def _left_behind() -> None:
    """Remove the files of a load and of a publication that were interrupted."""
    sources = {load.source: f"source-{load.source}" for load in REGISTRY}
    for path in _old((settings().home / "tmp").glob("*")):
        name = sources.get(path.name.split(".")[0])
        if name is None or locks.holder(name) is None:
            path.unlink(missing_ok=True)
    if locks.holder("warehouse") is None:
        for path in _old(settings().serving.glob("*.partial*")):
            path.unlink(missing_ok=True)


def _old(paths: Iterable[Path]) -> list[Path]:
    """Return the files among these that nobody has written to for long."""
    before = time.time() - LEFT_BEHIND_SECONDS
    found: list[Path] = []
    for path in paths:
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < before:
                found.append(path)
    return found
