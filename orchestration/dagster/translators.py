"""How a source's tables and dbt's nodes appear in Dagster: keys, groups, owners, freshness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from ingestion.control import outcomes
from orchestration.dagster.automation import DAILY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dagster_dbt import DbtProject

    from ingestion.toolkit.source import Load

SERVING_KEY = dg.AssetKey(["serving", "warehouse"])
LEDGER_CHECK = "ledger_balances"


def owner(name: str) -> str:
    """Return an owner in the form Dagster accepts: an e-mail address or ``team:name``."""
    if "@" in name or name.startswith("team:"):
        return name
    return f"team:{name.strip().lower().replace(' ', '_').replace('-', '_')}"


def raw_specs(load: Load) -> list[dg.AssetSpec]:
    """Return one asset per table that a load writes."""
    return [
        dg.AssetSpec(
            key=[load.source, stream.name],
            group_name=load.source,
            description=stream.description or load.description,
            owners=[owner(load.owner)],
            kinds={"dlt", "duckdb"},
            metadata={"schema": f"raw_{load.source}", "table": stream.name},
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=load.fresh_within),
        )
        for stream in load.streams
    ]


def ledger_checks(load: Load) -> list[dg.AssetCheckSpec]:
    """Return the check of each table that every record seen is accounted for."""
    return [
        dg.AssetCheckSpec(
            LEDGER_CHECK,
            asset=dg.AssetKey([load.source, stream.name]),
            description=f"{outcomes.EQUATION}, and nothing is held back",
        )
        for stream in load.streams
    ]


def layer(props: Mapping[str, Any]) -> str:
    """Return the layer of a dbt node: the first folder under models, or ``seeds``."""
    return "seeds" if props["resource_type"] == "seed" else str(props["fqn"][1])


class KetteDbtTranslator(DagsterDbtTranslator):
    """Gives dbt nodes the key ``[layer, model]`` and sources the key of their raw asset."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=False))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Return the key: sources as [source, table], models as [layer, model]."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Group by layer and folder, e.g. ``intermediate_identity``."""
        folders = dbt_resource_props["fqn"][1:-1]
        return "_".join(folders) if layer(dbt_resource_props) != "seeds" else "seeds"

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str] | None:
        """Return the owner of the node's dbt group."""
        group = dbt_resource_props.get("group") or "data_engineering"
        # dagster-dbt puts the whole group where its name was
        return [owner(group["owner"]["name"] if isinstance(group, Mapping) else group)]

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Add freshness: what business people read is at most a day behind."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(freshness_policy=DAILY)
