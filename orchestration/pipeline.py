"""One whole run: loads every source that is on, builds and checks all models, and publishes.

It runs the same jobs as Dagster's schedules, in this process and on the same instance: the loads, then
one build. If a source cannot be loaded, everything else is still built and published.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import dagster as dg
import sqlalchemy as sa

from ingestion.control import locks, outcomes, store, tables
from ingestion.errors import KetteError
from orchestration import causes, due, loading, logs, project, records, reporting
from orchestration.dagster import housekeeping, instance
from orchestration.host import demo, mode, processes

KIND = "run"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        not_built: Why there was nothing to build; None where it was built or failed before.
    """

    run_id: str
    mode: str
    started_at: float
    errors: list[str]
    seconds: float
    not_built: str | None = None


def run(*, rebuild: bool = False) -> Outcome:
    """Run the whole chain once.

    Args:
        rebuild: Whether to build although nothing changed since the last build.

    Raises:
        KetteError: It could not start: another run is under way, or the warehouse is of the other
            mode. What fails later is in the outcome.
    """
    started_at, started = time.time(), time.monotonic()
    locks.call_me("kette run")
    with processes.interruptible(), locks.run_lock():
        records.close_abandoned(KIND)
        which = mode.current()
        if which == outcomes.DEMO:
            reporting.done(
                "No source has credentials: [bold]demo mode[/bold], with the simulated company "
                "Nordlicht. To connect your own: docs/connect.md"
            )
        mode.claim_warehouse()
        _parse_meanwhile()
        run_id = str(uuid.uuid4())
        with demo.serving() if which == outcomes.DEMO else nullcontext():
            records.begin(run_id, KIND, which)
            error: str | None = "The run was interrupted"
            not_built = None
            try:
                errors, not_built = _materialise(run_id, rebuild=rebuild)
                error = "; ".join(errors) or None
            except KetteError as failure:
                error, errors = str(failure), [str(failure)]
            finally:
                records.finish(run_id, error)
    return Outcome(run_id, which, started_at, errors, time.monotonic() - started, not_built)


def _parse_meanwhile() -> None:
    """Begin to parse the dbt project where that is needed: it takes a core for twenty seconds.

    Whoever needs the manifest waits for it, and tells what is wrong with it.
    """
    # a parsed project is good for the day that counts as today
    demo.adopt()

    def parse() -> None:
        with suppress(KetteError):
            project.ensure_manifest()

    threading.Thread(target=parse, name="parse", daemon=True).start()


def _materialise(run_id: str, *, rebuild: bool) -> tuple[list[str], str | None]:
    """Load everything, then build and publish.

    Returns:
        One message per step that failed, and why nothing was built where that was not needed.
    """
    with logs.quiet_output(run_id):
        instance.prepare()
        # only now, since the definitions parse the dbt project and read the environment
        from orchestration.dagster.automation import BUILD, LOAD_ALL
        from orchestration.definitions import defs

        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        with dg.DagsterInstance.get() as storage:
            errors = _execute(defs.resolve_job_def(LOAD_ALL), storage, run_id)
            if errors and not store.last_loaded():
                return [*errors, "Nothing was built: no source was ever loaded"], None
            not_built = None if rebuild else due.unchanged()
            if not not_built:
                errors += _execute(defs.resolve_job_def(BUILD), storage, run_id)
            housekeeping.tidy(storage)
            return errors, not_built


def _execute(job: dg.JobDefinition, storage: dg.DagsterInstance, run_id: str) -> list[str]:
    """Run a job as part of a run; return one message per step that failed."""
    dagster_run_id = str(uuid.uuid4())
    try:
        result = job.execute_in_process(
            instance=storage,
            run_id=dagster_run_id,
            run_config=QUIET,
            tags={records.RUN_TAG: run_id},
            raise_on_error=False,
        )
    finally:
        loading.end(dagster_run_id)
    failures = [event for event in result.all_events if event.is_step_failure]
    return [causes.of_step(event, logs.newest()) for event in failures]


def ledger(run_started_id: int) -> list[dict[str, Any]]:
    """Return the ledger rows written after a given one, in order."""
    rows = tables.load_ledger
    return store.rows(sa.select(rows).where(rows.c.id > run_started_id).order_by(rows.c.id))


def last_ledger_id() -> int:
    """Return the id of the newest ledger row, 0 where there is none."""
    with store.engine().connect() as connection:
        return connection.execute(sa.select(sa.func.max(tables.load_ledger.c.id))).scalar() or 0
