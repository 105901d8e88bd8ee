"""When things run and how stale they may be: the one place of such policy.

Every job loads something, rebuilds all models and publishes, so that what is published always
comes from one complete build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from ingestion.freshness import PUBLISHED_WITHIN
from ingestion.load import source_status
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

    from ingestion.load import Load

DAILY = dg.FreshnessPolicy.time_window(fail_window=PUBLISHED_WITHIN)
WHOLE_CHAIN = "whole_chain"
WHOLE_CHAIN_CRON = "0 4 * * *"
# sources loaded at the same time: most of a load is waiting for a vendor
LOADS_AT_ONCE = 3
# the default launcher does not see that a worker was killed: the run ends after this time
MAX_RUNTIME = {"dagster/max_runtime": str(4 * 60 * 60)}


def is_off(load: Load) -> bool:
    """Return whether a source has no credentials."""
    return source_status(load).state == "off"


def job_name(load: Load) -> str:
    """Return the name of the job that loads one source and rebuilds."""
    return f"{load.source}_chain"


def _job(name: str, loads: Sequence[Load], description: str) -> UnresolvedAssetJobDefinition:
    others = [load.source for load in REGISTRY if load not in loads]
    selection = dg.AssetSelection.all()
    return dg.define_asset_job(
        name,
        selection - dg.AssetSelection.groups(*others) if others else selection,
        description=description,
        tags=MAX_RUNTIME,
    )


def jobs() -> list[UnresolvedAssetJobDefinition]:
    """Return the whole chain over the sources that are on, and one job per source."""
    return [
        _job(
            WHOLE_CHAIN,
            [load for load in REGISTRY if not is_off(load)],
            "Load every source that is on, build and test all models, publish.",
        ),
        *(
            _job(job_name(load), [load], f"Load {load.source}, build and test all, publish.")
            for load in REGISTRY
        ),
    ]


def _source_schedule(load: Load) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{load.source}_schedule",
        job_name=job_name(load),
        cron_schedule=load.cron,
        execution_timezone=settings().time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Loads {load.source} and publishes; does nothing while the source is off.",
    )
    def run_source() -> dg.RunRequest | dg.SkipReason:
        status = source_status(load)
        if status.state == "off":
            return dg.SkipReason(f"{load.source} is off: {status.reason or 'no credentials'}")
        return dg.RunRequest()

    return run_source


def schedules() -> list[dg.ScheduleDefinition]:
    """Return the daily whole chain and one schedule per source; all stoppable in the UI."""
    whole = dg.ScheduleDefinition(
        name=f"{WHOLE_CHAIN}_schedule",
        job_name=WHOLE_CHAIN,
        cron_schedule=WHOLE_CHAIN_CRON,
        execution_timezone=settings().time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The whole chain once a day.",
    )
    return [whole, *(_source_schedule(load) for load in REGISTRY)]


def _run_end_sensor(status: dg.DagsterRunStatus, name: str) -> dg.SensorDefinition:
    @dg.run_status_sensor(
        run_status=status, name=name, default_status=dg.DefaultSensorStatus.RUNNING
    )
    def record_end(context: dg.RunStatusSensorContext) -> None:
        ended_well = status is dg.DagsterRunStatus.SUCCESS
        records.finish(
            context.dagster_run.run_id,
            None if ended_well else context.dagster_event.message or status.value.lower(),
        )

    return record_end


def sensors() -> list[dg.SensorDefinition]:
    """Return what tells the control store how each run ended."""
    return [
        _run_end_sensor(dg.DagsterRunStatus.SUCCESS, "record_success"),
        _run_end_sensor(dg.DagsterRunStatus.FAILURE, "record_failure"),
        _run_end_sensor(dg.DagsterRunStatus.CANCELED, "record_cancellation"),
    ]
