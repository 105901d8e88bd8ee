"""`kette metric`: any metric of the catalogue by dimension and period, with cases and interval."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console, parse_date

if TYPE_CHECKING:
    from datetime import date

    from explore.metrics import Answer, Asked, Figure

LISTED = 60


def metric(
    name: Annotated[
        str, typer.Argument(help="A metric: nps, visits, first_contact_resolution_rate …")
    ],
    by: Annotated[
        str, typer.Option(help="channel, journey_step, journey_phase, persona; several by commas.")
    ] = "",
    only: Annotated[
        list[str] | None, typer.Option(help="A slice that counts alone: channel=chat.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day, YYYY-MM-DD.")] = None,
    total: Annotated[bool, typer.Option("--total", help="All months together.")] = False,  # noqa: FBT002 - Typer hands flags over by position
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON.")] = False,  # noqa: FBT002 - as above
) -> None:
    """Print a metric by month and slice, with its cases and 95 % interval.

    Months are counted whole. *open* stands at a figure that can still change, *too few* at a share or
    mean of fewer than five cases.

    **Writes** nothing; it reads what is published.

    **Examples**: `kette metric nps --from 2026-01-01` ·
    `kette metric touchpoints --by channel,journey_step,persona --total`

    **Exit codes**: 0 answered · 1 nothing is published, or a name means nothing.
    """
    check_settings()
    from explore import metrics
    from orchestration.identity_review import lookup

    with lookup.published() as connection:
        about = lookup.rows(connection, "select as_of from catalogue.about")[0]
        asked = metrics.ask(
            lambda query, bound: lookup.rows(connection, query, dict(bound)),
            name,
            by=[part.strip() for part in by.split(",") if part.strip()],
            only=dict(_slice(text) for text in only or []),
            first=parse_date(first),
            last=parse_date(last),
            whole_period=total,
        )
    if as_json:
        typer.echo(json.dumps([_row(answer) for answer in asked.answers], indent=2))
        return
    _show(asked, about["as_of"], is_total=total)


def _slice(text: str) -> tuple[str, str]:
    dimension, sign, value = text.partition("=")
    if not (sign and dimension and value):
        raise typer.BadParameter(f"{text!r} is no slice; write it as channel=chat")
    return dimension, value


def _show(asked: Asked, as_of: date, *, is_total: bool) -> None:
    known = asked.metric
    console().print(f"[bold]{known['label_en']}[/bold]  {known['definition_en']}", soft_wrap=True)
    if not asked.answers:
        console().print("There is no figure in what is published.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("" if is_total else "month", *asked.by):
        if title:
            table.add_column(title, overflow="fold")
    for title in ("value", "95 % interval", "n", ""):
        table.add_column(title, justify="right", no_wrap=True)
    for answer in asked.answers[:LISTED]:
        figure = answer.figure
        month = [] if is_total else [f"{figure.period_start:%Y-%m}"]
        table.add_row(
            *month,
            *answer.slice.values(),
            *_cells(figure, str(known["unit"])),
            "" if figure.is_ripe(as_of) else "open",
        )
    console().print(table)
    if len(asked.answers) > LISTED:
        console().print(f"… and {len(asked.answers) - LISTED} more; --json prints all")


def _cells(figure: Figure, unit: str) -> tuple[str, str, str]:
    cases = f"{figure.sample_size:,}"
    if figure.population_size is not None and figure.population_size != figure.sample_size:
        cases += f" of {figure.population_size:,}"
    if figure.has_too_few:
        return "too few", "", cases
    bounds = figure.interval
    between = f"{_text(bounds[0], unit)} – {_text(bounds[1], unit)}" if bounds else ""
    return _text(figure.value, unit), between, cases


def _text(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "rate":
        return f"{value:.1%}"
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "seconds":
        return f"{value:,.0f} s"
    return f"{value:,.2f}"


def _row(answer: Answer) -> dict[str, Any]:
    figure = answer.figure
    low, high = figure.interval or (None, None)
    is_told = not figure.has_too_few
    return {
        "month": f"{figure.period_start:%Y-%m}",
        **answer.slice,
        "value": figure.value if is_told else None,
        "low": low if is_told else None,
        "high": high if is_told else None,
        "n": figure.sample_size,
        "of": figure.population_size,
        "has_too_few": figure.has_too_few,
        "ripe_from": figure.ripe_from and figure.ripe_from.isoformat(),
    }
