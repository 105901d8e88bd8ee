"""Building and testing the models: one dbt build under the warehouse lock, its outcome recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from ingestion import troubles
from ingestion.errors import KetteError
from ingestion.settings import export
from orchestration import preparation, project, records, reporting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_dbt import DbtCliInvocation, DbtCliResource

# unit tests compare SQL with worked examples: they belong to `make test`, data cannot change them
ARGUMENTS = ("build", "--exclude-resource-type", "unit_test")
RESULTS = "run_results.json"
SHOWN_FAILURES = 3


def run(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, *, is_complete: bool
) -> Iterator[Any]:
    """Build the selected models, run their tests and record the outcome.

    Args:
        context: The step that asks for it; its selection is what is built.
        dbt: The dbt command line.
        is_complete: Whether all models are selected.

    Raises:
        dagster.Failure: A model could not be built or a test failed.
    """
    try:
        export(project.environment() | project.LOCKED)
        with troubles.told(), preparation.prepared():
            yield from _build(context, dbt, is_complete=is_complete)
    except KetteError as error:
        raise dg.Failure(description=str(error)) from error


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, *, is_complete: bool
) -> Iterator[Any]:
    before = records.build_started()
    passed = False
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
        rows, results = _record(context.run_id, invocation)
        passed = invocation.process.returncode == 0
    finally:
        records.build_ended(passed=passed, is_complete=is_complete, before=before)
    if not passed:
        raise failure(rows)
    reporting.done(f"[green]✓[/green] dbt: {summary(results)}")


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


def _record(
    run_id: str, invocation: DbtCliInvocation
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Store the outcome of each test; return those rows and dbt's own results."""
    artifact = invocation.target_path / RESULTS
    if not artifact.exists():
        error = invocation.get_error()
        raise KetteError(
            str(error).strip().splitlines()[-1] if error else "dbt ended without results",
            where="dbt build",
            fix=f"The whole story is in {invocation.target_path / 'dbt.log'}",
        )
    results: list[dict[str, Any]] = invocation.get_artifact("run_results.json")["results"]
    rows = records.check_rows(run_id, results, project.manifest()["nodes"])
    records.record_checks(rows)
    return rows, results


def failure(rows: list[dict[str, Any]]) -> dg.Failure:
    """Return the failure that names what did not hold."""
    bad = [row for row in rows if row["status"] in {"fail", "error"}]
    named = "; ".join(
        f"{row['check_name']} ({' '.join((row['message'] or row['status']).split())[:160]})"
        for row in bad[:SHOWN_FAILURES]
    )
    more = f" and {len(bad) - SHOWN_FAILURES} more" if len(bad) > SHOWN_FAILURES else ""
    error = KetteError(
        f"{len(bad)} of the checks and models failed: {named}{more}",
        where="dbt build",
        fix="See the page Data health, or `kette doctor`; nothing was published",
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
