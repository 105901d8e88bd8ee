"""Rules for the dbt project: layers, names, keys, contracts, descriptions."""

from __future__ import annotations

import json
import re
from typing import Any

import sqlglot
import yaml
from sqlglot import exp

from dashboards.pages import PAGES
from ingestion.registry import REGISTRY
from ingestion.settings import CHECKOUT
from orchestration import withheld
from tests.chain.project import Project

# what a model of a layer may read
MAY_READ = {
    "staging": {"staging", "seeds", "source"},
    "intermediate": {"staging", "intermediate", "seeds"},
    "marts": {"staging", "intermediate", "marts", "seeds"},
    "metrics": {"intermediate", "marts", "metrics", "seeds"},
}
NAMES = {
    "staging": r"(stg|base)_[a-z0-9]+(_[a-z0-9]+)*__[a-z0-9_]+",
    "intermediate": r"int_[a-z0-9_]+",
    "marts": r"(dim|fct|bridge)_[a-z0-9_]+",
    "metrics": r"mtr_[a-z0-9_]+",
}

# marts that join and measure nothing that a join could multiply unseen
NOT_MEASURED = {
    "bridge_customer_alias_history": "what was known before, one row per id and span by its key",
    "fct_account_states": "assert_states_end_in_what_is_now holds them against the accounts",
    "fct_attribute_quality": "shares of what bridge_customer_values holds",
    "fct_control_total_records": "records that explain a difference, at most five of each cause",
    "fct_customer_states": "assert_states_end_in_what_is_now holds them against the customers",
    "fct_identity_labels": "compares two maps; one row per label by its key",
    "fct_label_effects": "every measure is shown for every label on purpose",
    "fct_metric_warnings": "a difference stands once for each metric that it touches on purpose",
}


def layer(node: dict[str, Any]) -> str:
    return "seeds" if node["resource_type"] == "seed" else str(node["fqn"][1])


def test_every_model_says_what_it_is_and_ends_with_its_grain(models: list[dict[str, Any]]) -> None:
    wrong = [
        node["name"]
        for node in models
        if not re.search(r"Grain: one row per [^.]+\.$", " ".join(node["description"].split()))
    ]
    assert wrong == []


def test_every_model_is_named_after_its_layer(models: list[dict[str, Any]]) -> None:
    wrong = [node["name"] for node in models if not re.fullmatch(NAMES[layer(node)], node["name"])]
    assert wrong == []


def test_every_model_has_a_tested_key(
    manifest: dict[str, Any], models: list[dict[str, Any]]
) -> None:
    tests: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            tests.setdefault(node["attached_node"], set()).add(node["test_metadata"]["name"])
    wrong = [
        node["name"]
        for node in models
        if not {"unique", "not_null"} <= tests.get(node["unique_id"], set())
    ]
    assert wrong == []


def test_marts_and_metrics_are_contracted_grouped_and_described(
    models: list[dict[str, Any]],
) -> None:
    public = [node for node in models if layer(node) in {"marts", "metrics"}]
    assert public
    assert [node["name"] for node in public if not node["config"]["contract"]["enforced"]] == []
    assert [node["name"] for node in public if not node["config"]["group"]] == []
    undescribed = [
        f"{node['name']}.{column['name']}"
        for node in public
        for column in node["columns"].values()
        if not column["description"].strip()
    ]
    assert undescribed == []


def test_published_seeds_describe_every_column(manifest: dict[str, Any]) -> None:
    seeds = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" and node["name"] in withheld.CATALOGUE
    ]
    assert len(seeds) == len(withheld.CATALOGUE)
    undescribed = []
    for seed in seeds:
        header = (CHECKOUT / "seeds" / f"{seed['name']}.csv").read_text().partition("\n")[0]
        described = {name for name, column in seed["columns"].items() if column["description"]}
        undescribed += [
            f"{seed['name']}.{name}" for name in header.split(",") if name not in described
        ]
    assert undescribed == []


def test_layers_read_downwards_only(manifest: dict[str, Any], models: list[dict[str, Any]]) -> None:
    nodes = manifest["nodes"]
    wrong = [
        f"{node['name']} reads {parent}"
        for node in models
        for parent in node["depends_on"]["nodes"]
        if (layer(nodes[parent]) if parent in nodes else "source") not in MAY_READ[layer(node)]
    ]
    assert wrong == []


def test_staging_reads_only_its_own_source(models: list[dict[str, Any]]) -> None:
    wrong = [
        f"{node['name']} reads {parent}"
        for node in models
        if layer(node) == "staging"
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("source.") and parent.split(".")[2] != node["fqn"][2]
    ]
    assert wrong == []


def test_a_model_for_all_sources_names_none(models: list[dict[str, Any]]) -> None:
    vendors = {load.source for load in REGISTRY} - {"files", "hooks"}
    named = re.compile(rf"(?<![a-z])({'|'.join(sorted(vendors))})(?![a-z])", re.IGNORECASE)
    wrong = {
        f"{node['name']}: {found}"
        for node in models
        if "__" not in node["name"]
        for found in named.findall(node["raw_code"])
    }
    assert wrong == set()


def test_what_a_source_offers_is_what_is_there(models: list[dict[str, Any]]) -> None:
    offered: dict[str, dict[str, list[str]]] = json.loads(
        Project({}).render("{{ offers() | tojson }}")
    )
    contracts = {contract for line in offered.values() for contract in line["contracts"]}
    names = {node["name"] for node in models}
    casting = {
        node["name"]
        for node in models
        if node["name"].startswith("stg_") and "unread_values" in node["raw_code"]
    }

    assert {load.source for load in REGISTRY} <= offered.keys()
    for source, line in offered.items():
        there = {each for each in contracts if f"int_{source}__{each}" in names}
        assert set(line["contracts"]) == there, source
        cast = {f"stg_{source}__{each}" for each in line.get("casts", [])}
        assert cast == {name for name in casting if name.startswith(f"stg_{source}__")}, source


def test_every_page_has_an_exposure_and_every_exposure_a_page() -> None:
    text = (CHECKOUT / "dbt_project/models/exposures.yml").read_text()
    exposures = {entry["name"] for entry in yaml.safe_load(text)["exposures"]}
    assert exposures == {page.name for page in PAGES}


def test_every_page_is_a_script_and_every_script_a_page() -> None:
    scripts = {path.name for path in (CHECKOUT / "dashboards/app_pages").glob("*.py")}
    assert scripts == {page.script for page in PAGES}


def test_every_mart_that_joins_is_held_against_what_it_joins(
    models: list[dict[str, Any]], manifest: dict[str, Any]
) -> None:
    guard = next(
        node for node in manifest["nodes"].values()
        if node["name"] == "assert_joins_keep_every_measure"
    )  # fmt: skip
    guarded = set(re.findall(r"\(\s*'(\w+)',\s*'(?:count|sum)\(", guard["raw_code"]))
    joining = {
        node["name"]
        for node in models
        if layer(node) == "marts" and re.search(r"\bjoin\b", node["raw_code"])
    }
    assert joining - guarded - NOT_MEASURED.keys() == set()
    assert guarded & NOT_MEASURED.keys() == set()


def test_what_is_no_whole_number_is_added_up_as_a_decimal() -> None:
    # sums of floating point differ with the order, which no database promises
    models = Project({}).models
    floating = {
        column
        for node in models.values()
        for column, kind in node.columns.items()
        if kind.lower() == "double"
    }
    wrong = {
        f"{name}: {added.sql('duckdb')}"
        for name, node in models.items()
        if node.sql
        for added in sqlglot.parse_one(node.sql, dialect="duckdb").find_all(exp.Sum, exp.Avg)
        if {column.name for column in added.find_all(exp.Column)} & floating
        and not isinstance(added.this, exp.Cast | exp.Case)
    }
    assert wrong == set()
