"""`kette run`, `kette load` and `kette publish`: data on its way from vendors to dashboards."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.commands.common import (
    check_settings,
    console,
    error_console,
    parse_date,
    progress,
    warn_of_held,
)


def run(
    rebuild: Annotated[  # noqa: FBT002 - Typer hands flags over by position
        bool, typer.Option("--rebuild", help="Build and publish although nothing changed.")
    ] = False,
) -> None:
    """Load every source that is on, build and test all models, publish.

    Without any credentials (**demo mode**) it makes a simulated company and loads that; the company
    stays the same between runs until `kette sandbox advance`. Every source resumes where it
    stopped, so a run may be repeated at any time. When the loads brought nothing new, and models, seeds
    and the day are those of the last build, nothing is built and what is published stays.

    **Writes** the warehouse, the control store and, only when every check holds, a new published
    version under `$KETTE_HOME/serving/`. The run is visible in Dagster afterwards, and on the page
    *Data health* also when it failed.

    Days and listings that came back empty or clearly smaller are *held back* (see `kette load`): what
    was there is published, and the run says at its end what to do.

    **Examples**: `kette run` · `kette run --rebuild`

    **Exit codes**: 0 published, or still current · 1 something failed and nothing was published, or a run is already
    under way.
    """
    check_settings()
    from orchestration import pipeline, summary

    with progress():
        ledger_start = pipeline.last_ledger_id()
        outcome = pipeline.run(rebuild=rebuild)
    for line in summary.of_run(outcome, pipeline.ledger(ledger_start)):
        console().print(line)
    warn_of_held()
    if outcome.errors:
        for error in outcome.errors:
            error_console().print(f"✗ {error}", style="red", markup=False, highlight=False)
        raise typer.Exit(1)


def load(
    source: Annotated[str, typer.Argument(help="Name of a source, as `kette doctor` lists them.")],
    from_date: Annotated[
        str | None, typer.Option("--from", help="First day to load again, YYYY-MM-DD.")
    ] = None,
    to_date: Annotated[
        str | None, typer.Option("--to", help="Last day to load, YYYY-MM-DD.")
    ] = None,
    accept_loss: Annotated[  # noqa: FBT002 - Typer hands flags over by position
        bool,
        typer.Option(
            "--accept-loss", help="Take what comes back empty or clearly smaller as true."
        ),
    ] = False,
) -> None:
    """Load one source into the warehouse, without building models.

    Without `--from` it continues where the last load stopped. With it, these days are read again
    and replace what is there; nothing is doubled. Records that cannot be loaded are told with the
    reason.

    A day that comes back empty or more than 1 % smaller, and a full listing that lost more than
    20 %, are *held back*: what was there stays until a second load agrees, or until a person says
    with `--accept-loss` that the loss is true.

    **Writes** the tables `raw_<source>.*` and the load ledger.

    **Examples**: `kette load hubspot` · `kette load mixpanel --from 2026-01-01 --to 2026-01-31`

    **Exit codes**: 0 loaded · 1 failed, something was held back, or the source is off or unknown.
    """
    check_settings()
    from ingestion.control import outcomes, store
    from orchestration import single_load, summary

    began = store.now()
    with progress():
        results = single_load.load_source(
            source, parse_date(from_date), parse_date(to_date), accept_loss=accept_loss
        )
    console().print(summary.loaded_table(summary.from_results(source, results)))
    for line in summary.quarantined(single_load.find(source), began):
        console().print(line, markup=False, highlight=False)
    console().print("Next: [bold]kette run[/bold] builds the models from it.")
    if any(result.status == outcomes.HELD for result in results):
        warn_of_held(source)
        raise typer.Exit(1)


def publish() -> None:
    """Publish the marts and metrics of the last build that passed its checks.

    `kette run` does this by itself; this command repeats it, e.g. after files were removed.

    **Writes** `$KETTE_HOME/serving/warehouse-<version>.duckdb` and swings `current.duckdb` to it
    at once; readers see the old or the new version, never a mixture. The last two are kept.

    **Exit codes**: 0 published · 1 there is no build that passed.
    """
    check_settings()
    from orchestration import publish as publishing, reporting
    from orchestration.host import demo

    with progress():
        demo.adopt()
        published = publishing.publish(progress=reporting.say)
    console().print(
        f"Published {published.table_count} tables with {published.row_count:,} rows: "
        f"{published.path}",
        highlight=False,
    )
