"""The published copy as an asset: it exists only where every model was built and every test held."""

import dagster as dg

from ingestion import troubles
from ingestion.errors import KetteError
from orchestration import demo, publish, reporting
from orchestration.automation import DAILY
from orchestration.defs.transform import models
from orchestration.translators import SERVING_KEY

PUBLISHED_LAYERS = ("marts", "metrics")


@dg.asset(
    key=SERVING_KEY,
    deps=[key for key in models.keys if key.path[0] in PUBLISHED_LAYERS],
    group_name="serving",
    owners=["team:data"],
    kinds={"duckdb"},
    description="The read-only copy of marts and metrics that dashboards open.",
    freshness_policy=DAILY,
)
def warehouse(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Copy marts and metrics to a new version and swing the symlink to it."""
    demo.refresh_clock()
    try:
        with troubles.told():
            published = publish.publish(context.run_id, progress=reporting.say)
    except KetteError as error:
        raise dg.Failure(description=str(error)) from error
    reporting.done(f"[green]✓[/green] published {published.table_count} tables")
    return dg.MaterializeResult(
        metadata={
            "version": published.version,
            "path": dg.MetadataValue.path(published.path),
            "tables": published.table_count,
            "rows": published.row_count,
        }
    )
