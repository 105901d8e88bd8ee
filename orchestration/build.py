"""Builds and tests the models: one dbt build under the warehouse lock, with its outcome recorded."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY

from ingestion import troubles
from ingestion.errors import KetteError
from ingestion.loading import ledger
from ingestion.settings import export, settings
from orchestration import (
    causes,
    checks,
    due,
    preparation,
    project,
    records,
    reporting,
    withheld,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from dagster_dbt import DbtCliInvocation, DbtCliResource

# unit tests compare SQL with worked examples: they belong to `make test`, data cannot change them
ARGUMENTS = ("build", "--exclude-resource-type", "unit_test", *checks.EXCLUDED)
RESULTS = "run_results.json"
SHOWN_FAILURES = 3


@dataclass(frozen=True)
class Built:
    """What a build came to.

    Attributes:
        failed: The checks of severity ``error`` and the models that failed, as rows of
            ``check_results``.
        tables: What may be published of each table; empty where only a part was built.
    """

    failed: list[dict[str, Any]] = field(default_factory=list)
    tables: list[withheld.Table] = field(default_factory=list)

    @property
    def is_publishable(self) -> bool:
        """Return whether anything is fresh."""
        return any(table.cause is None for table in self.tables)


@contextmanager
def failing() -> Iterator[None]:
    """Let an expected failure of the block end the step with its message."""
    try:
        with troubles.told():
            yield
    except KetteError as error:
        raise dg.Failure(description=str(error)) from error


def run(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, run_id: str, *, is_complete: bool
) -> Generator[Any, None, Built]:
    """Build the selected models, run their tests and record the outcome.

    Args:
        context: The step that asks for it; its selection is what is built.
        dbt: The dbt command line.
        run_id: The run that the outcome belongs to.
        is_complete: Whether all models are selected.

    Raises:
        dagster.Failure: dbt did not come to a result.
    """
    with failing():
        export(project.environment() | project.LOCKED)
        with preparation.prepared():
            return (yield from _build(context, dbt, run_id, is_complete=is_complete))


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, run_id: str, *, is_complete: bool
) -> Generator[Any, None, Built]:
    before = records.build_started()
    if is_complete:
        due.begun()
    built, passed = Built(), False
    # what an earlier build left must not pass for the outcome of this one
    (project.run_path() / RESULTS).unlink(missing_ok=True)
    try:
        invocation = dbt.cli(
            [*ARGUMENTS, *project.vars_argument()],
            context=context,
            raise_on_error=False,
            # one folder for all builds: they follow each other, and it does not grow
            target_path=project.run_path(),
        )
        yield from _events(invocation)
        manifest = project.manifest()
        results = yield from _tested(context, invocation, manifest)
        built = _record(run_id, manifest, results, is_complete=is_complete)
        passed = built.is_publishable if is_complete else not built.failed
        if is_complete:
            due.ended()
    finally:
        records.build_ended(passed=passed, is_complete=is_complete, before=before)
    reporting.done(f"[{'red]✗' if built.failed else 'green]✓'}[/] dbt: {summary(results)}")
    return built


def _events(invocation: DbtCliInvocation) -> Iterator[Any]:
    for event in invocation.stream_raw_events():
        _show(event.raw_event)
        yield from event.to_default_asset_events(
            manifest=invocation.manifest,
            dagster_dbt_translator=invocation.dagster_dbt_translator,
            context=invocation.context,
            target_path=invocation.target_path,
            project=invocation.project,
        )


def _show(event: Mapping[str, Any]) -> None:
    data = event.get("data", {})
    node = data.get("node_info", {}).get("node_name")
    if node and "index" in data and "total" in data:
        reporting.say(f"dbt {data['index']}/{data['total']} {node}")


def _tested(
    context: dg.AssetExecutionContext, invocation: DbtCliInvocation, manifest: Mapping[str, Any]
) -> Generator[Any, None, list[dict[str, Any]]]:
    """Ask the tests that the build left out, tell of each, and return all results together.

    Raises:
        KetteError: dbt came to no results.
    """
    artifact = project.run_path() / RESULTS
    if not artifact.exists():
        error = invocation.get_error()
        raise KetteError(
            causes.of_text(str(error) if error else None) or "dbt ended without results",
            where="dbt build",
            fix=f"The whole story is in {invocation.target_path / 'dbt.log'}",
        )
    said: dict[str, Any] = invocation.get_artifact("run_results.json")
    results: list[dict[str, Any]] = said["results"]
    specs = {
        spec.metadata[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY]: spec
        for spec in context.assets_def.check_specs
        if spec.key in context.selected_asset_check_keys
    }
    reporting.say("testing what was built")
    for result in _asked(manifest, results, specs):
        results.append(result)
        if result["status"] != checks.SKIPPED:
            yield _told(result, specs[result["unique_id"]])
    # whoever reads dbt's results finds every test in them
    artifact.write_text(json.dumps(said))
    return results


def _asked(
    manifest: Mapping[str, Any], results: list[dict[str, Any]], only: Iterable[str]
) -> Iterator[dict[str, Any]]:
    with _reading() as connection:
        yield from checks.run(connection, manifest, list(results), only)


@contextmanager
def _reading() -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield the warehouse as checks read it: by UTC, and unchanged."""
    with closing(duckdb.connect(str(settings().warehouse), read_only=True)) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def _told(result: Mapping[str, Any], spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    """Return what Dagster is told of a test."""
    passed = result["status"] == checks.PASS
    metadata = {"dagster_dbt/failed_row_count": result["failures"] or 0}
    if not passed:
        # with it the rows can be looked at
        metadata |= {"message": result["message"], "query": result["compiled_code"] or ""}
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=dg.AssetCheckSeverity.WARN
        if result["status"] == checks.WARN
        else dg.AssetCheckSeverity.ERROR,
        metadata=metadata,
    )


def _record(
    run_id: str,
    manifest: Mapping[str, Any],
    results: list[dict[str, Any]],
    *,
    is_complete: bool,
) -> Built:
    """Store the outcome of each test and of each table."""
    rows = records.check_rows(run_id, results, manifest["nodes"])
    records.record_checks(rows)
    tables = []
    if is_complete:
        tables = withheld.of_build(manifest, results, ledger.unbalanced_streams(), _models_named)
        withheld.remember(tables)
    failed = [row for row in rows if row["status"] in {"fail", "error"}]
    return Built(failed, tables)


def _models_named(result: Mapping[str, Any]) -> set[str]:
    """Return the models that the rows of a failed check name in their column ``model``."""
    if not result.get("compiled_code"):
        return set()
    try:
        with _reading() as connection:
            found = connection.execute(
                f"select distinct model from ({result['compiled_code']})"  # noqa: S608 - our own check
            ).fetchall()
    except duckdb.Error:
        return set()
    return {name for (name,) in found}


def failure(built: Built) -> dg.Failure:
    """Return the failure that names what did not hold, and what became of the tables."""
    named = "; ".join(
        f"{row['check_name']} ({causes.of_text(row['message']) or row['status']})"
        for row in built.failed[:SHOWN_FAILURES]
    )
    others = len(built.failed) - SHOWN_FAILURES
    more = f" and {others} more" if others > 0 else ""
    kept = sum(table.cause is not None for table in built.tables)
    if not built.is_publishable:
        then = "Nothing was published"
    elif kept:
        then = f"{kept} of {len(built.tables)} tables stay as published before, the others are new"
    else:
        then = "All tables were published"
    error = KetteError(
        f"{len(built.failed)} of the checks and models failed: {named}{more}. {then}",
        where="dbt build",
        fix="See the page Data health, or `kette doctor`",
    )
    return dg.Failure(description=str(error))


def summary(results: list[dict[str, Any]]) -> str:
    """Return how many seeds and models were built and how many tests held."""
    counts = {"model": 0, "seed": 0, "test": 0}
    warned = 0
    for result in results:
        kind = result["unique_id"].split(".", 1)[0]
        if result["status"] in {"success", "pass", "warn"} and kind in counts:
            counts[kind] += 1
            warned += result["status"] == "warn"
    text = f"{counts['model']} models and {counts['seed']} seeds built, {counts['test']} tests held"
    return f"{text}, {warned} of them with a warning" if warned else text
