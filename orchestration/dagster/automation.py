"""When things run and how old they may be: the only place for this policy.

Each source loads on its own schedule. When something new came, one build with its publication follows for
everything that came in meanwhile (``due``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from ingestion.loading.freshness import PUBLISHED_WITHIN
from ingestion.loading.run import source_status
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import causes, due, records
from orchestration.dagster import housekeeping
from orchestration.host import demo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

    from ingestion.toolkit.source import Load

DAILY = dg.FreshnessPolicy.time_window(fail_window=PUBLISHED_WITHIN)
LOAD_ALL = "load_all"
BUILD = "build_and_publish"
# sources loaded at the same time: most of a load is waiting for a vendor
LOADS_AT_ONCE = 3
# how often it is looked whether a build is due
LOOK_SECONDS = 60
# the default launcher does not see that a worker was killed: the run ends after this time
MAX_RUNTIME = {"dagster/max_runtime": str(4 * 60 * 60)}
# what dagster.yaml limits: loads at the same time, one of each source, and one build
LOAD_TAG, BUILD_TAG = "kette/load", "kette/build"

ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in ENDED]


def is_off(load: Load) -> bool:
    """Return whether a source has no credentials."""
    return source_status(load).state == "off"


def job_name(load: Load) -> str:
    """Return the name of the job that loads one source."""
    return f"{load.source}_load"


def _load_job(name: str, loads: Sequence[Load], description: str) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        name,
        dg.AssetSelection.groups(*(load.source for load in loads)),
        description=description,
        tags={**MAX_RUNTIME, LOAD_TAG: name},
    )


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """Return the loads of all sources that are on, the load of each source, and the build."""
    return [
        _load_job(
            LOAD_ALL,
            [load for load in REGISTRY if not is_off(load)] or REGISTRY,
            "Load every source that is on.",
        ),
        *(_load_job(job_name(load), [load], f"Load {load.source}.") for load in REGISTRY),
        dg.define_asset_job(
            BUILD,
            dg.AssetSelection.all() - dg.AssetSelection.groups(*(load.source for load in REGISTRY)),
            description="Build and test all models, publish what nothing speaks against.",
            tags={**MAX_RUNTIME, BUILD_TAG: "models"},
        ),
    ]


def _unfinished(instance: dg.DagsterInstance, job: str) -> str | None:
    """Return which run of a job has not ended yet, as a reason to begin no other."""
    filters = dg.RunsFilter(job_name=job, statuses=UNFINISHED)
    found = instance.get_run_records(filters, limit=1)
    if not found:
        return None
    run = found[0]
    since = f"{run.create_timestamp:%Y-%m-%d %H:%M} UTC"
    return f"run {run.dagster_run.run_id[:8]} of {since} is still {run.dagster_run.status.value.lower()}"


def _source_schedule(load: Load) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{load.source}_schedule",
        job_name=job_name(load),
        cron_schedule=load.cron,
        execution_timezone=settings().time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Loads {load.source}; does nothing while it is off or still being loaded.",
    )
    def run_source(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        status = source_status(load)
        if status.state == "off":
            return dg.SkipReason(f"{load.source} is off: {status.reason or 'no credentials'}")
        if busy := _unfinished(context.instance, job_name(load)) or due.loading(load.source):
            return dg.SkipReason(f"{load.source} is not loaded again yet: {busy}")
        return dg.RunRequest()

    return run_source


def schedules() -> list[dg.ScheduleDefinition]:
    """Return one schedule per source; all stoppable in the UI."""
    return [_source_schedule(load) for load in REGISTRY]


def _build_sensor() -> dg.SensorDefinition:
    @dg.sensor(
        name="build_when_due",
        job_name=BUILD,
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Builds and publishes once for all that came in since the last build.",
    )
    def build_when_due(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        demo.refresh_clock()
        busy = _unfinished(context.instance, BUILD)
        why = due.build()
        if busy or not why.is_due:
            return dg.SkipReason(busy or why.reason)
        return dg.RunRequest(tags={"kette/because": why.reason})

    return build_when_due


def _causes(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    """Return why each step of a run failed."""
    found = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
    events = [record.event_log_entry.dagster_event for record in found]
    return [causes.of_step(event) for event in events if event]


def _run_end_sensor(status: dg.DagsterRunStatus, name: str) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        run_status=status, name=name, default_status=dg.DefaultSensorStatus.RUNNING
    )
    def record_end(context: dg.RunStatusSensorContext) -> None:
        run = context.dagster_run
        error = None
        if status is not dg.DagsterRunStatus.SUCCESS:
            error = (
                "; ".join(_causes(context.instance, run.run_id))
                or context.dagster_event.message
                or status.value.lower()
            )
        records.finish(run.run_id, error)
        housekeeping.tidy(context.instance)

    return record_end


def sensors() -> list[dg.SensorDefinition]:
    """Return what begins builds, and what tells the control store how each run ended."""
    return [
        _build_sensor(),
        _run_end_sensor(dg.DagsterRunStatus.SUCCESS, "record_success"),
        _run_end_sensor(dg.DagsterRunStatus.FAILURE, "record_failure"),
        _run_end_sensor(dg.DagsterRunStatus.CANCELED, "record_cancellation"),
    ]
