"""`kette doctor`: what is on, off or broken, and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console

if TYPE_CHECKING:
    from orchestration.monitoring.health import Report

COLOURS = {"on": "green", "off": "dim", "broken": "red"}
# of what `--json` prints: it is counted up when a field goes or changes its meaning
FORMAT = 1


def doctor(
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="SOURCE", help="Ask this source's vendor one thing."),
    ] = None,
    as_json: Annotated[  # noqa: FBT002 - Typer hands flags over by position
        bool, typer.Option("--json", help="Print it for a program.")
    ] = False,
) -> None:
    """Show the state of every source, of the warehouse and of what is published.

    A source is **on** (it has credentials), **off** (it has none; that is no error) or **broken**,
    with the reason. Freshness is judged against today; in demo mode against the simulated
    company's clock. The ledger is *balanced* when every record seen was loaded, deduplicated,
    quarantined or suppressed, *held back* while days or listings that shrank wait for a second
    answer or for a person, and *lost* while the warehouse lacks loads that it held before.
    Control totals compare a vendor's own figures with ours; a difference that nothing explains is
    a warning (!).

    Warehouse, control store and what is published are read as a whole, so that damage shows.
    `--check SOURCE` asks that vendor one thing with the configured key, and says whether it may.
    `--json` prints the same for monitors: `docs/runbook.md` has its fields.

    **Writes** nothing; only with `--check` it calls a vendor.

    **Examples**: `kette doctor` · `kette doctor --check hubspot` · `kette doctor --json`

    **Exit codes**: 0 all is well · 1 a source is broken, stale, out of balance, held back or lost, a
    vendor changed what models read, the last run failed, a file is damaged or older than it should
    be, or the key is refused.
    """
    check_settings()
    from orchestration.host import demo
    from orchestration.monitoring import health

    demo.adopt()
    if check is not None:
        from orchestration import single_load
        from orchestration.monitoring import vendor_check

        console().print(vendor_check.check(single_load.find(check)), markup=False, highlight=False)
        return
    report = health.report()
    if as_json:
        said = {"format": FORMAT, "is_well": report.is_well, **asdict(report)}
        for shown, each in zip(said["sources"], report.sources, strict=True):
            shown["is_ill"] = each.is_ill
        typer.echo(json.dumps(said, default=str, indent=2, ensure_ascii=False))
    else:
        _print(report)
    if not report.is_well:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    console().print(f"[bold]{report.mode} mode[/bold], today is {report.today}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "state", "last load (UTC)", "freshness", "ledger"):
        table.add_column(name)
    table.add_column("quarantined", justify="right")
    for source in report.sources:
        table.add_row(
            source.source,
            f"[{COLOURS[source.state]}]{source.state}[/]",
            f"{source.last_load:%Y-%m-%d %H:%M}" if source.last_load else "-",
            source.freshness,
            source.ledger,
            f"{source.quarantined:,}",
        )
    console().print(table)
    # reasons name variables, which a narrow column would cut off
    for source in report.sources:
        if source.reason:
            reason = f"- {source.source} is {source.state}: {source.reason}"
            console().print(reason, markup=False, highlight=False, soft_wrap=True)
    for failure in report.failures:
        console().print(f"- {failure}", markup=False, highlight=False, soft_wrap=True)
    for finding in report.findings:
        mark = "[green]✓[/green]" if finding.is_well else "[red]✗[/red]"
        mark = "[yellow]![/yellow]" if finding.is_hint else mark
        console().print(f"{mark} {finding.subject}: ", end="")
        console().print(finding.text, markup=False, highlight=False, soft_wrap=True)
