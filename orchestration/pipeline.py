"""One whole run: every source that is on, all models and checks, publish.

It materialises the same assets that Dagster's schedules use, in this process and on the same
instance.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import uuid
import warnings
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg
import sqlalchemy as sa

from ingestion import control, lock
from ingestion.errors import KetteError
from ingestion.settings import settings
from orchestration import demo, instance, loading, mode, processes, records, reporting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KIND = "run"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Outcome:
    """What a run did."""

    run_id: str
    mode: str
    started_at: float
    errors: list[str]
    seconds: float


def log_path() -> Path:
    """Return the file that keeps what the libraries print during a run."""
    return settings().home / "logs" / "run.log"


@contextmanager
def quiet_output() -> Iterator[None]:
    """Send what libraries and their child processes print to the log file of the run.

    The descriptors themselves are moved, since Dagster and dbt write to them from other processes.
    A console that is to be seen meanwhile needs a copy of the descriptor made before.
    """
    log_path().parent.mkdir(parents=True, exist_ok=True)
    with log_path().open("w") as log:
        sys.stdout.flush()
        sys.stderr.flush()
        saved = [os.dup(number) for number in (1, 2)]
        try:
            for number in (1, 2):
                os.dup2(log.fileno(), number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in zip((1, 2), saved, strict=True):
                os.dup2(copy, number)
                os.close(copy)


def run() -> Outcome:
    """Run the whole chain once.

    Raises:
        KetteError: It could not start: another run is under way, or the warehouse is of the other
            mode. What fails later is in the outcome.
    """
    started_at, started = time.time(), time.monotonic()
    with processes.interruptible(), lock.run_lock():
        records.close_abandoned(KIND)
        which = mode.current()
        if which == mode.DEMO:
            reporting.done(
                "No source has credentials: [bold]demo mode[/bold], with the simulated company "
                "Nordlicht. To connect your own: docs/connect.md"
            )
        mode.claim_warehouse()
        run_id = str(uuid.uuid4())
        with demo.serving() if which == mode.DEMO else nullcontext():
            records.begin(run_id, KIND, which)
            error: str | None = "The run was interrupted"
            try:
                errors = _materialise(run_id)
                error = "; ".join(errors) or None
            except KetteError as failure:
                error, errors = str(failure), [str(failure)]
            finally:
                records.finish(run_id, error)
    return Outcome(run_id, which, started_at, errors, time.monotonic() - started)


def _materialise(run_id: str) -> list[str]:
    """Materialise the whole chain; return one message per step that failed."""
    with quiet_output():
        instance.prepare()
        # only now, since the definitions parse the dbt project and read the environment
        from orchestration.automation import WHOLE_CHAIN
        from orchestration.definitions import defs

        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        with dg.DagsterInstance.get() as storage:
            try:
                result = defs.resolve_job_def(WHOLE_CHAIN).execute_in_process(
                    instance=storage,
                    run_id=run_id,
                    run_config=QUIET,
                    raise_on_error=False,
                )
            finally:
                loading.end(run_id)
    if result.success:
        return []
    return [message(event) for event in result.all_events if event.is_step_failure]


def message(event: Any) -> str:
    """Return the one line that says why a step failed."""
    data = event.step_failure_data
    described = data.user_failure_data.description if data.user_failure_data else None
    if described:
        return str(described)
    error = data.error
    while error and error.cause:
        error = error.cause
    text = " ".join((error.message if error else "unknown error").split())
    return f"{event.step_key}: {text[:400]}. The whole story is in {log_path()}"


def ledger(run_started_id: int) -> list[dict[str, Any]]:
    """Return the ledger rows written after a given one, in order."""
    rows = control.load_ledger
    return control.rows(sa.select(rows).where(rows.c.id > run_started_id).order_by(rows.c.id))


def last_ledger_id() -> int:
    """Return the id of the newest ledger row, 0 where there is none."""
    with control.engine().connect() as connection:
        return connection.execute(sa.select(sa.func.max(control.load_ledger.c.id))).scalar() or 0
