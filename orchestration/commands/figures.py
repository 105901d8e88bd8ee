"""`kette figures …`: what was published about a month, and why the figure changed since."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console, parse_date

if TYPE_CHECKING:
    from orchestration.figure_history.why import Cause

app = typer.Typer(
    no_args_is_help=True, help="Key figures as they were known, and why they changed since."
)

Metric = Annotated[str, typer.Argument(help="A metric: mrr, conversations, nps …")]
Month = Annotated[str, typer.Argument(help="A month: 2026-06.")]
Phase = Annotated[str, typer.Option("--phase", help="A journey phase, where there are phases.")]
ROWS_SHOWN = 5
LISTED = 40


def _month(text: str) -> date:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise typer.BadParameter(f"{text!r} is no month; write it as YYYY-MM")
    return date(int(text[:4]), int(text[5:]), 1)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        # a name cut in two cannot be copied into the next command
        table.add_column(name, overflow="fold", no_wrap=name in {"metric", "rows of"})
    return table


@app.command()
def changed() -> None:
    """List the figures that changed after their month was over, newest change first.

    **Writes** nothing; it reads what is published.

    **Example**: `kette figures changed`

    **Exit codes**: 0 always · 1 nothing is published.
    """
    check_settings()
    from orchestration.figure_history import why as reasons
    from orchestration.identity_review import lookup

    with lookup.published() as connection:
        rows = reasons.changed(connection)
    if not rows:
        console().print("No figure changed after its month was over.")
        return
    table = _table("metric", "month", "phase", "at close", "now", "changes", "last (UTC)")
    for row in rows[:LISTED]:
        table.add_row(
            row["metric"],
            f"{row['period_start']:%Y-%m}",
            row["journey_phase"],
            _number(row["value_at_close"]),
            _number(row["value"]),
            str(row["change_count"]),
            f"{row['changed_at']:%Y-%m-%d}",
        )
    console().print(table)
    if len(rows) > LISTED:
        console().print(f"… and {len(rows) - LISTED} more")
    newest = rows[0]
    console().print(
        f"Why: kette figures why {newest['metric']} {newest['period_start']:%Y-%m}"
        + (f" --phase {newest['journey_phase']}" if newest["journey_phase"] != "all" else ""),
        highlight=False,
    )


@app.command()
def known(metric: Metric, month: Month, phase: Phase = "all") -> None:
    """List everything that was published about a figure, oldest first.

    **Writes** nothing; it reads what is published.

    **Example**: `kette figures known mrr 2026-06`

    **Exit codes**: 0 found · 1 there is no such figure.
    """
    check_settings()
    from orchestration.figure_history import why as reasons
    from orchestration.identity_review import lookup

    with lookup.published() as connection:
        said = reasons.said(connection, metric, _month(month), phase)
    table = _table(
        "known from (UTC)", "until", "as of", "value", "numerator", "denominator", "rows"
    )
    for row in said.values:
        table.add_row(
            f"{row['published_at']:%Y-%m-%d %H:%M}",
            f"{row['replaced_at']:%Y-%m-%d %H:%M}" if row["replaced_at"] else "now",
            f"{row['as_of']}" + ("" if row["is_closed"] else " (running)"),
            _number(row["value"]),
            _number(row["numerator"]),
            _number(row["denominator"]),
            _number(row["sample_size"]),
        )
    console().print(table)


@app.command()
def why(
    metric: Metric,
    month: Month,
    since: Annotated[
        str | None,
        typer.Option(help="What was known at the end of this day; by default: at month's close."),
    ] = None,
    phase: Phase = "all",
) -> None:
    """Say why a month's figure is not what it was: the rows, and the definitions, that changed.

    Rows are those the figure is counted from, of months that were over: **added**, **removed**,
    **changed** (in the columns named), **moved** to or from another month, **labelled** or
    **unlabelled** as the company's own people. Their number and the net change of their measures
    are complete; of the rows themselves the 20 with the greatest effect are kept for each
    publication, for 400 days.

    **Writes** nothing; it reads what is published.

    **Examples**: `kette figures why mrr 2026-06` · `kette figures why mrr 2026-06 --since 2026-07-31`

    **Exit codes**: 0 explained · 1 there is no such figure, or nothing was known then.
    """
    check_settings()
    from orchestration.figure_history import why as reasons
    from orchestration.identity_review import lookup

    day = parse_date(since)
    with lookup.published() as connection:
        found = reasons.why(connection, metric, _month(month), since=day, phase=phase)
    then, now = found.then, found.now
    console().print(
        f"{metric} of {month}: {_number(then['value'])} "
        f"(published {then['published_at']:%Y-%m-%d %H:%M} UTC, as of {then['as_of']})"
        f" → {_number(now['value'])} ({now['published_at']:%Y-%m-%d %H:%M} UTC, as of "
        f"{now['as_of']})",
        highlight=False,
    )
    if then["known_from"] == now["known_from"]:
        console().print("It has not changed since.")
        return
    if found.causes:
        table = _table("rows of", "month", "change", "rows", "net effect")
        for cause in found.causes:
            table.add_row(*_told(cause))
        console().print(table)
        for cause in found.causes:
            _rows(cause)
    for definition in found.definitions:
        console().print(f"changed how it is counted: {definition}", highlight=False)
    if found.unknown:
        console().print(
            f"{len(found.unknown)} publications in between could not be compared with the one "
            "before them, which was no longer there.",
            highlight=False,
        )
    elif not found.causes and not found.definitions:
        console().print(
            "No row it is counted from changed in a month that was over: the month was still "
            "running, or rows of other tables decide (a person's first contact, for one).",
            highlight=False,
        )


def _told(cause: Cause) -> tuple[str, ...]:
    from orchestration.figure_history.why import SIGNS

    sign = SIGNS[cause.change]
    count = f"{sign * cause.row_count:+,}" if sign else f"{cause.row_count:,}"
    effects = [f"{name} {value:+,.2f}" for name, value in cause.measures.items() if value]
    return (
        cause.model,
        f"{cause.month:%Y-%m}",
        cause.change.replace("_", " ") + (f": {cause.columns}" if cause.columns else ""),
        count,
        ", ".join(effects),
    )


def _rows(cause: Cause) -> None:
    console().print(f"\n{cause.model}, {cause.change.replace('_', ' ')}:", highlight=False)
    for key, before, after in cause.rows[:ROWS_SHOWN]:
        console().print(f"  {key}  {_difference(cause, before, after)}", highlight=False)
    if cause.row_count > ROWS_SHOWN:
        console().print(f"  … and {cause.row_count - ROWS_SHOWN} more")


def _difference(cause: Cause, before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    if before and after:
        names = cause.columns.split(", ")
        return ", ".join(f"{name} {before[name]} → {after[name]}" for name in names)
    row = after or before or {}
    return ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
