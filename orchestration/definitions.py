"""Everything Dagster knows, derived from the registry of sources and the dbt manifest."""

import dagster as dg

from orchestration.dagster import automation, tied_dbt
from orchestration.dagster.defs import ingestion, transform

defs = dg.Definitions(
    assets=[*ingestion.assets, transform.models, transform.warehouse],
    jobs=automation.jobs(),
    schedules=automation.schedules(),
    sensors=automation.sensors(),
    resources={"dbt": tied_dbt.resource()},
    # several processes on one warehouse would only wait for each other; sources are loaded at the
    # same time all the same (``loading``)
    executor=dg.in_process_executor,
)
