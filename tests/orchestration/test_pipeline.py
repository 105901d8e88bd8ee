"""A whole run: what one source or one model does not give keeps nothing else from being published.

The loads are real, against emulated vendors. dbt is stood in for: it says of every model that it was
built, but of those that a test names, and makes their tables without rows.
"""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import pytest

from ingestion.control import store
from ingestion.settings import settings
from orchestration import logs, pipeline, project, published_file, records
from tests.ingestion.sources.emulator import Reply, serve
from tests.orchestration.test_loading import delighted, no_answers, typeform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ingestion.sources.emulator import Request


class Dbt:
    """What stands in for dbt; a table's last column names the build that made it."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        self.manifest = manifest
        self.builds = 0
        self.other: dict[str, tuple[str, str]] = {}
        # of which model it leaves the tests to be asked, and what it writes into tables
        self.untested = ""
        self.rows: list[str] = []

    def cli(self, *_arguments: Any, **_options: Any) -> Any:
        """Stand in for a build."""
        self.builds += 1
        results = [
            self._result(*each)
            for each in self.manifest["nodes"].items()
            if not self.untested or each[1].get("attached_node") != self.untested
        ]
        (project.run_path()).mkdir(parents=True, exist_ok=True)
        (project.run_path() / "run_results.json").write_text(json.dumps({"results": results}))
        with duckdb.connect(str(settings().warehouse)) as warehouse:
            for schema in ("staging", "intermediate", "marts", "metrics", "seeds"):
                warehouse.execute(f"create schema if not exists {schema}")
            for result in results:
                node = self.manifest["nodes"][result["unique_id"]]
                if node["resource_type"] in {"model", "seed"} and result["status"] == "success":
                    columns = "".join(
                        f"null::{column['data_type'] or 'varchar'} as {name}, "
                        for name, column in node["columns"].items()
                    )
                    warehouse.execute(
                        f"create or replace table {node['schema']}.{node['name']} "
                        f"as select {columns} {self.builds} as build_{self.builds} where false"
                    )
            for row in self.rows:
                warehouse.execute(row)
        return SimpleNamespace(
            stream_raw_events=lambda: iter(()),
            target_path=project.run_path(),
            get_artifact=lambda _name: {"results": results},
        )

    def _result(self, unique_id: str, node: dict[str, Any]) -> dict[str, Any]:
        well = ("pass" if node["resource_type"] == "test" else "success", "")
        status, message = self.other.get(node["name"], well)
        return {"unique_id": unique_id, "status": status, "message": message, "failures": None}


@pytest.fixture
def dbt(
    repository: dg.RepositoryDefinition, manifest_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Dbt:
    """Return what stands in for dbt; the manifest is there."""
    project.target_path().mkdir(parents=True)
    project.manifest_path().write_bytes(manifest_file.read_bytes())
    from orchestration.dagster.tied_dbt import TiedDbt

    dbt = Dbt(project.manifest())
    monkeypatch.setattr(TiedDbt, "cli", lambda _self, *given, **options: dbt.cli(*given, **options))
    return dbt


def refuses(_: Request) -> Reply:
    return Reply({"error": "unauthorized"}, status=401)


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve Delighted, which answers, and Typeform, which refuses the token."""
    with serve(no_answers) as first, serve(refuses) as second:
        for name, value in {**delighted(first.url), **typeform(second.url)}.items():
            monkeypatch.setenv(name, value)
        yield


def builds(path: Path) -> dict[str, int]:
    """Return by which build each published table was made."""
    with duckdb.connect(str(path), read_only=True) as published:
        found = published.execute(
            """
            select table_name, column_name
            from duckdb_columns()
            where schema_name in ('marts', 'metrics', 'catalogue') and column_name like 'build\\__'
                escape '\\'
            """
        ).fetchall()
    return {table: int(column.removeprefix("build_")) for table, column in found}


def assert_a_refused_vendor_is_told(outcome: pipeline.Outcome) -> None:
    assert len(outcome.errors) == 1, outcome.errors
    (error,) = outcome.errors
    assert "typeform" in error
    assert "refused" in error
    path = published_file.current()
    assert path is not None
    assert set(builds(path).values()) == {1}
    assert set(store.last_loaded()) == {"delighted"}
    (run,) = store.recent_runs()
    assert (run["kind"], run["status"], run["error"]) == ("run", "failed", error)
    # the checks and the publication belong to the run
    publication = store.latest_publication()
    assert publication is not None
    assert publication["run_id"] == outcome.run_id
    assert store.checks(outcome.run_id)


def assert_a_failed_model_is_told(outcome: pipeline.Outcome) -> None:
    (told,) = [error for error in outcome.errors if error.startswith("dbt build")]
    assert "fct_deals (ZeroDivisionError: division by zero)" in told
    path = published_file.current()
    assert path is not None
    found = builds(path)
    # a person's dimension says which deals it is in
    assert {found[name] for name in ("fct_deals", "dim_customers")} == {1}
    assert {found[name] for name in ("fct_messages", "fct_marketing_daily")} == {2}
    # the log of each run is kept, and the newest is to be found
    assert len(list(logs.folder().glob(logs.PATTERN))) == 3
    assert (logs.folder() / logs.NEWEST).resolve().name.endswith(f"{outcome.run_id[:8]}.log")


@pytest.mark.usefixtures("vendors")
def test_what_fails_is_told_with_its_cause_and_all_else_is_built_and_published(dbt: Dbt) -> None:
    assert_a_refused_vendor_is_told(pipeline.run())
    again = pipeline.run()
    assert again.not_built
    assert len(again.errors) == dbt.builds == 1
    traceback = (
        'Traceback (most recent call last):\n  File "x.py"\nZeroDivisionError: division by zero'
    )
    dbt.other = {"fct_deals": ("error", f"Runtime Error in model fct_deals (x.py)\n{traceback}")}
    assert_a_failed_model_is_told(pipeline.run(rebuild=True))


def test_where_no_source_was_ever_loaded_nothing_is_built(
    dbt: Dbt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(refuses) as vendor:
        for name, value in typeform(vendor.url).items():
            monkeypatch.setenv(name, value)
        outcome = pipeline.run()
    assert dbt.builds == 0
    assert outcome.errors[-1] == "Nothing was built: no source was ever loaded"
    assert records.build_state() == "none"


# two whole runs; the parts are tried in test_checks.py and test_withheld.py
@pytest.mark.proof
def test_a_key_that_occurs_twice_is_told_by_its_value_and_kept_from_pages(
    dbt: Dbt, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt.untested = "model.kette.dim_channels"
    with serve(no_answers) as vendor:
        for name, value in delighted(vendor.url).items():
            monkeypatch.setenv(name, value)
        well = pipeline.run()
        dbt.rows = ["insert into marts.dim_channels (channel) values ('chat'), ('mail'), ('chat')"]
        ill = pipeline.run(rebuild=True)
    assert well.errors == []
    assert {row["status"] for row in store.checks(well.run_id)} == {"pass"}
    (told,) = ill.errors
    assert "unique_dim_channels_channel (Got 1 value, configured to fail if != 0: chat)" in told
    path = published_file.current()
    assert path is not None
    found = builds(path)
    assert (found["dim_channels"], found["dim_customers"]) == (1, 2)
    # dbt's own results tell each test, and Dagster's checks do
    results = json.loads((project.run_path() / "run_results.json").read_text())["results"]
    statuses = {each["unique_id"].split(".")[2]: each["status"] for each in results}
    assert statuses["unique_dim_channels_channel"] == "fail"
    assert statuses["not_null_dim_channels_channel"] == "pass"
    with dg.DagsterInstance.get() as storage:
        key = dg.AssetCheckKey(
            dg.AssetKey(["marts", "dim_channels"]), "unique_dim_channels_channel"
        )
        (record,) = storage.event_log_storage.get_latest_asset_check_execution_by_key(
            [key]
        ).values()
    assert record.status.value == "FAILED"
