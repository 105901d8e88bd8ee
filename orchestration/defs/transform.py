"""All dbt models and their tests as assets and asset checks."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration import build, demo, mode, project, records
from orchestration.translators import KetteDbtTranslator

MANIFEST = project.ensure_manifest()


def resource() -> DbtCliResource:
    """Return the dbt command line with the project's folders."""
    return DbtCliResource(
        project_dir=str(project.PROJECT_DIR),
        profiles_dir=str(project.PROJECT_DIR),
        dbt_executable=project.dbt_executable(),
        global_config_flags=["--no-use-colors"],
    )


@dbt_assets(manifest=MANIFEST, dagster_dbt_translator=KetteDbtTranslator(), name="dbt")
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build the models and run their tests; a failing test stops what depends on it."""
    demo.refresh_clock()
    records.begin(context.run_id, context.job_name, mode.current())
    is_complete = set(context.selected_asset_keys) == set(models.keys)
    yield from build.run(context, dbt, is_complete=is_complete)
