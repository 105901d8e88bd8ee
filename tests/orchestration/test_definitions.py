"""What Dagster knows, derived from the registry and the dbt manifest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy
from dagster._utils.schedules import cron_string_iterator

from ingestion.loading import freshness
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import project
from orchestration.dagster import instance
from orchestration.dagster.automation import BUILD, BUILD_TAG, LOAD_ALL, LOAD_TAG, job_name
from orchestration.dagster.translators import LEDGER_CHECK, SERVING_KEY, owner
from tests.conftest import isolated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def definitions(
    tmp_path_factory: pytest.TempPathFactory, manifest_file: Path
) -> Iterator[dg.Definitions]:
    """Load the definitions once, in a folder without warehouse and without any secret."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated(tmp_path_factory.mktemp("definitions")).items():
            patch.setenv(name, value)
        project.target_path().mkdir(parents=True)
        project.manifest_path().write_bytes(manifest_file.read_bytes())
        # only now: loading them reads the environment
        from orchestration.definitions import defs

        assert not settings().warehouse.exists()
        yield defs


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()


RAW = {dg.AssetKey([load.source, stream.name]) for load in REGISTRY for stream in load.streams}


def test_definitions_load_without_secrets_and_without_a_warehouse(
    definitions: dg.Definitions,
) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_table_of_every_source_is_an_asset_also_while_the_source_is_off(
    graph: dg.AssetGraph,
) -> None:
    assert graph.materializable_asset_keys >= RAW


@pytest.mark.parametrize("key", sorted(RAW), ids=lambda key: key.to_user_string())
def test_a_raw_asset_feeds_a_model(graph: dg.AssetGraph, key: dg.AssetKey) -> None:
    children = graph.get(key).child_keys
    assert {child.path[0] for child in children} == {"staging"}


def test_no_model_reads_a_table_that_no_source_writes(graph: dg.AssetGraph) -> None:
    # the copy is made by the step that builds
    assert graph.external_asset_keys == {SERVING_KEY}


def test_every_asset_has_a_group_an_owner_and_a_freshness_policy(graph: dg.AssetGraph) -> None:
    lacking = [
        node.key.to_user_string()
        for node in graph.asset_nodes
        if not (node.group_name and node.group_name != "default" and node.owners)
        or node.freshness_policy is None
    ]
    assert lacking == []


def test_dagster_waits_for_a_source_as_long_as_doctor_and_the_pages_do(
    graph: dg.AssetGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__CALENDLY__ACCESS_TOKEN", "token")
    freshness.note()
    ((source, limit),) = freshness.noted().items()
    policies = [node.freshness_policy for node in graph.asset_nodes if node.key.path[0] == source]
    assert source == "calendly"
    assert policies
    for policy in policies:
        assert isinstance(policy, TimeWindowFreshnessPolicy)
        assert policy.fail_window.to_timedelta() == limit == freshness.limits()[source]


def test_assets_are_grouped_by_source_and_by_layer_and_folder(graph: dg.AssetGraph) -> None:
    groups: dict[str, int] = {}
    for node in graph.asset_nodes:
        groups[node.group_name or ""] = groups.get(node.group_name or "", 0) + 1
    assert groups.keys() >= {load.source for load in REGISTRY} | {
        "seeds", "metrics", "serving", "staging_hubspot", "intermediate_identity", "marts_revenue",
    }  # fmt: skip
    # a group is something that can be looked at
    assert max(groups.values()) <= 40, groups


def test_marts_and_metrics_are_what_is_published(graph: dg.AssetGraph) -> None:
    published = graph.get(SERVING_KEY).parent_keys
    expected = {
        key for key in graph.materializable_asset_keys if key.path[0] in {"marts", "metrics"}
    }
    assert published == expected


def test_every_raw_asset_has_its_ledger_checked(graph: dg.AssetGraph) -> None:
    checked = {key.asset_key for key in graph.asset_check_keys if key.name == LEDGER_CHECK}
    assert checked == RAW


def test_tests_of_models_are_asset_checks(graph: dg.AssetGraph) -> None:
    checked = {key.asset_key for key in graph.asset_check_keys}
    marts = {key for key in graph.materializable_asset_keys if key.path[0] == "marts"}
    assert marts <= checked


def test_there_is_a_schedule_for_each_source(definitions: dg.Definitions) -> None:
    schedules = {schedule.name: schedule for schedule in definitions.schedules or []}
    assert set(schedules) == {f"{load.source}_schedule" for load in REGISTRY}
    for schedule in schedules.values():
        assert isinstance(schedule, dg.ScheduleDefinition)
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    for load in REGISTRY:
        assert schedules[f"{load.source}_schedule"].cron_schedule == load.cron


def test_no_source_is_late_between_two_loads_of_its_schedule() -> None:
    for load in REGISTRY:
        ticks = cron_string_iterator(
            datetime(2026, 3, 1, tzinfo=UTC).timestamp(), load.cron, "Europe/Berlin"
        )
        moments = [moment.timestamp() for moment in islice(ticks, 200)]
        longest = max(later - earlier for earlier, later in pairwise(moments))
        assert timedelta(seconds=longest) < load.fresh_within, load.source


@pytest.mark.parametrize("load", REGISTRY, ids=lambda load: load.source)
def test_the_schedule_of_a_source_that_is_off_says_so(definitions: dg.Definitions, load) -> None:
    schedule = definitions.resolve_schedule_def(f"{load.source}_schedule")
    with dg.build_schedule_context(
        repository_def=definitions.get_repository_def(), instance=dg.DagsterInstance.ephemeral()
    ) as context:
        evaluation = schedule.evaluate_tick(context)
    assert evaluation.run_requests == []
    assert f"{load.source} is off" in (evaluation.skip_message or "")


def test_no_job_runs_for_ever(definitions: dg.Definitions) -> None:
    for name in [LOAD_ALL, BUILD, *(job_name(load) for load in REGISTRY)]:
        assert "dagster/max_runtime" in definitions.resolve_job_def(name).tags


def test_loading_a_source_builds_nothing_and_building_loads_nothing(
    definitions: dg.Definitions,
) -> None:
    every = definitions.resolve_asset_graph().materializable_asset_keys
    for load in REGISTRY:
        job = definitions.resolve_job_def(job_name(load))
        own = {dg.AssetKey([load.source, stream.name]) for stream in load.streams}
        assert job.asset_layer.selected_asset_keys == own
    assert definitions.resolve_job_def(BUILD).asset_layer.selected_asset_keys == every - RAW


def test_loads_of_different_sources_may_run_at_the_same_time_and_one_build(
    definitions: dg.Definitions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    instance.prepare()
    with dg.DagsterInstance.get() as storage:
        queue = storage.get_concurrency_config().run_queue_config
    assert queue is not None
    limits = {
        (limit["key"], str(limit.get("value"))): limit["limit"]
        for limit in queue.tag_concurrency_limits
    }
    each = str({"applyLimitPerUniqueValue": True})
    assert limits == {(LOAD_TAG, "None"): 3, (LOAD_TAG, each): 1, (BUILD_TAG, "None"): 1}
    # every load may run beside the build
    assert queue.max_concurrent_runs == 4
    tags = [definitions.resolve_job_def(job_name(load)).tags[LOAD_TAG] for load in REGISTRY]
    assert len(set(tags)) == len(REGISTRY)
    assert BUILD_TAG in definitions.resolve_job_def(BUILD).tags


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("ana@nordlicht.example", "ana@nordlicht.example"),
        ("team:data", "team:data"),
        ("Customer Support", "team:customer_support"),
    ],
)
def test_owners_are_written_as_dagster_accepts_them(given: str, expected: str) -> None:
    assert owner(given) == expected
