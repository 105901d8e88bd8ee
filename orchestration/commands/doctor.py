"""`kette doctor`: what is on, off or broken, and why."""

from __future__ import annotations

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console

COLOURS = {"on": "green", "off": "dim", "broken": "red"}


def doctor() -> None:
    """Show the state of every source, of the warehouse and of what is published.

    A source is **on** (it has credentials), **off** (it has none; that is no error) or **broken**,
    with the reason. Freshness is judged against today; in demo mode against the simulated
    company's clock. The ledger is *balanced* when every record seen was loaded, deduplicated,
    quarantined or suppressed, and *held back* while days or listings that shrank wait for a second
    answer or for a person.

    **Writes** nothing and calls no vendor.

    **Exit codes**: 0 all is well · 1 a source is broken, stale, out of balance or held back, a
    vendor changed what models read, the last run failed, or the warehouse cannot be read.
    """
    check_settings()
    from ingestion.settings import settings
    from orchestration import demo, health, mode

    demo.adopt()
    found, findings = health.sources(), health.findings()
    console().print(f"[bold]{mode.current()} mode[/bold], today is {settings().today()}")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("source", "state", "last load (UTC)", "freshness", "ledger"):
        table.add_column(name)
    table.add_column("quarantined", justify="right")
    for source in found:
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
    for source in found:
        if source.reason:
            reason = f"- {source.source} is {source.state}: {source.reason}"
            console().print(reason, markup=False, highlight=False, soft_wrap=True)
    for failure in health.failures():
        console().print(f"- {failure}", markup=False, highlight=False, soft_wrap=True)
    for finding in findings:
        mark = "[green]✓[/green]" if finding.is_well else "[red]✗[/red]"
        mark = "[yellow]![/yellow]" if finding.is_hint else mark
        console().print(f"{mark} {finding.subject}: ", end="")
        console().print(finding.text, markup=False, highlight=False, soft_wrap=True)
    if not all(finding.is_well for finding in findings) or any(source.is_ill for source in found):
        raise typer.Exit(1)
