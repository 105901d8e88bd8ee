"""One multi-asset per registered source: it loads, and the ledger's figures become metadata."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from ingestion import troubles
from ingestion.control import locks, outcomes
from ingestion.errors import KetteError
from ingestion.loading import warehouse
from ingestion.registry import REGISTRY
from ingestion.toolkit.source import Load, StreamResult
from orchestration import content, loading, records, reporting
from orchestration.dagster.automation import LOADS_AT_ONCE, is_off
from orchestration.dagster.defs.checks import ledger_result
from orchestration.dagster.translators import ledger_checks, raw_specs
from orchestration.host import demo, mode


def take_stock(load: Load) -> dict[str, int]:
    """Sum up the tables of a source after a load, and return how many rows each holds."""
    with locks.warehouse_lock(), warehouse.connect() as connection:
        content.note(connection, load)
        return {
            stream.name: connection.execute(
                f"select count(*) from {warehouse.table(load, stream)}"  # noqa: S608 - our own names
            ).fetchall()[0][0]
            for stream in load.streams
        }


def metadata(result: StreamResult, row_count: int) -> dict[str, Any]:
    """Return what a load's ledger row says, for the asset's page.

    Args:
        result: What the load did.
        row_count: How many rows the table holds after it.
    """
    return {
        "dagster/row_count": row_count,
        "seen": result.seen,
        "loaded": result.loaded,
        **{name: getattr(result, name) for name in outcomes.LEFT_OUT},
        "requests": result.requests,
        "window": result.window or "",
        "status": result.status,
        "note": result.note or "",
    }


def begin(context: dg.AssetExecutionContext) -> str:
    """Let a step begin: the clock, who it is where others wait for it, its run; return that."""
    demo.refresh_clock()
    reporting.log_to(context.log)
    run_id = records.run_of(context.run_id, context.run.tags)
    if run_id == context.run_id:
        locks.call_me(f"Dagster's run {run_id[:8]} of {context.job_name}")
    records.begin(run_id, context.job_name, mode.current())
    return run_id


def _prefixed(load: Load) -> str:
    return f"load_{load.source}"


def _loads(context: dg.AssetExecutionContext) -> loading.Loads:
    """Return the loads of all sources of the run, which begin with the first of them."""
    names = {node.name for node in context.job_def.nodes}

    def sources() -> list[str]:
        on = [load for load in REGISTRY if _prefixed(load) in names and not is_off(load)]
        return loading.longest_first(on)

    return loading.of_run(context.run_id, sources, LOADS_AT_ONCE)


def source_asset(load: Load) -> dg.AssetsDefinition:
    """Return the assets of one source."""

    @dg.multi_asset(name=_prefixed(load), specs=raw_specs(load), check_specs=ledger_checks(load))
    def load_source(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        begin(context)
        if is_off(load):
            for stream in load.streams:
                yield dg.MaterializeResult(
                    asset_key=[load.source, stream.name],
                    metadata={"status": "off", "note": "no credentials: nothing was loaded"},
                    check_results=[ledger_result(load.source, stream.name, None)],
                )
            return
        try:
            with troubles.told():
                mode.claim_warehouse()
                results = _loads(context).take(load.source)
                stored = take_stock(load)
        except KetteError as error:
            raise dg.Failure(description=str(error)) from error
        for result in results:
            yield dg.MaterializeResult(
                asset_key=[load.source, result.stream],
                metadata=metadata(result, stored[result.stream]),
                check_results=[ledger_result(load.source, result.stream, result)],
            )
        rows = sum(result.loaded for result in results)
        reporting.done(f"[green]✓[/green] {load.source}: {rows:,} rows loaded")

    return load_source


assets = [source_asset(load) for load in REGISTRY]
