"""All dbt models and their tests as assets and asset checks, and the copy that is published from them.

One step builds and publishes, because Dagster skips a step if any table before it is missing. A table that
could not be built must not keep the others from being published.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration import build, project, publish, reporting
from orchestration.dagster.automation import DAILY
from orchestration.dagster.defs.ingestion import begin
from orchestration.dagster.translators import SERVING_KEY, KetteDbtTranslator

MANIFEST = project.ensure_manifest()
PUBLISHED_LAYERS = ("marts", "metrics")


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=KetteDbtTranslator(), name="dbt")
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build the models, run their tests, and publish what nothing speaks against."""
    run_id = begin(context)
    _name_outputs_once(context)
    is_complete = set(context.selected_asset_keys) == set(models.keys)
    built = yield from build.run(context, dbt, run_id, is_complete=is_complete)
    if is_complete and built.is_publishable:
        with build.failing():
            published = publish.publish(run_id, progress=reporting.say)
        context.log_event(publication(published))
        reporting.done(f"[green]✓[/green] published {published.table_count} tables")
    if built.failed:
        raise build.failure(built)


def _name_outputs_once(context: dg.AssetExecutionContext) -> None:
    """Let Dagster work out once which tables the step yields.

    It asks for them again at each table, and each time looks at every table and check of the step.
    """
    step = context.get_step_execution_context()
    keys = step.get_output_asset_keys()
    step.get_output_asset_keys = lambda: keys


def publication(published: publish.Publication) -> dg.AssetMaterialization:
    """Return the event that tells Dagster of a published version."""
    return dg.AssetMaterialization(
        SERVING_KEY,
        metadata={
            "version": published.version,
            "path": dg.MetadataValue.path(published.path),
            "tables": published.table_count,
            "rows": published.row_count,
            "carried_over": published.carried_over,
        },
    )


warehouse = dg.AssetSpec(
    SERVING_KEY,
    deps=[key for key in models.keys if key.path[0] in PUBLISHED_LAYERS],
    group_name="serving",
    owners=["team:data"],
    kinds={"duckdb"},
    description="The read-only copy of marts and metrics that dashboards open.",
    freshness_policy=DAILY,
)
