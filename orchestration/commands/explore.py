"""`kette funnel`, `kette retention`, `kette paths`: questions that people make up, of what is published."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from orchestration.commands.common import check_settings, console, parse_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from explore.questions import Known, Period, Question

LISTED = 30
From = Annotated[str | None, typer.Option("--from", help="The first day, YYYY-MM-DD.")]
To = Annotated[str | None, typer.Option("--to", help="The last day, YYYY-MM-DD.")]
By = Annotated[
    str | None,
    typer.Option(help="persona, acquisition, channel, source, campaign, country, plan …"),
]
Records = Annotated[
    bool, typer.Option("--records", help="Also what the company did, and records that changed.")
]
Sessions = Annotated[bool, typer.Option("--sessions", help="Only moves within a visit.")]
Json = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]


def funnel(  # noqa: PLR0913, PLR0917 - an option each
    steps: Annotated[list[str], typer.Argument(help="Events in their order: channel:ads step:buy")],
    window: Annotated[
        str, typer.Option(help="How long after the first step: 90s, 12h, 30d.")
    ] = "30d",
    mode: Annotated[
        list[str] | None, typer.Option(help="strict_order, strict_once …, as in ClickHouse.")
    ] = None,
    count: Annotated[str, typer.Option(help="best, first or every entry of a person.")] = "",
    reading: Annotated[str, typer.Option(help="clickhouse, mixpanel or posthog.")] = "clickhouse",
    exclude: Annotated[
        list[str] | None, typer.Option(help="An event that may not lie between the steps.")
    ] = None,
    by: By = None,
    first: From = None,
    last: To = None,
    records: Records = False,  # noqa: FBT002 - Typer hands flags over by position
    as_json: Json = False,  # noqa: FBT002 - as above
) -> None:
    """Say how many persons go how far, in order and within a time.

    Events are named `channel:…`, `touchpoint:…`, `step:…`, `phase:…`, `source:…` or `any`; a star at
    the end stands for whatever follows, and `|` means either. Shares carry their 95 % interval;
    *open* stands before a step with time left.

    **Writes** nothing; it reads what is published.

    **Example**: `kette funnel touchpoint:signed_up touchpoint:trial_started step:buy --window 60d`

    **Exit codes**: 0 answered · 1 nothing is published, or a name means nothing.
    """

    def ask(known: Known, period: Period) -> Question:
        from explore import questions

        return questions.funnel(
            steps, known, window=window, reading=reading, exclude=exclude or (), by=by,
            period=period, records_too=records, modes=mode, count=count,
        )  # fmt: skip

    rows = _answer(ask, first, last)
    columns = {
        "segment": lambda row: row["segment"],
        "step": lambda row: f"{row['step_number']} {steps[row['step_number'] - 1]}",
        "reached": lambda row: f"{row['reached_count']:,}",
        "of all": lambda row: _share(row, "rate"),
        "of the step before": lambda row: _share(row, "step_rate"),
        "median time": lambda row: _time(row["seconds_from_start_median"]),
        "open": lambda row: f"{row['open_count']:,}",
    }
    _show(rows, columns if by else {k: v for k, v in columns.items() if k != "segment"}, as_json)


def retention(  # noqa: PLR0913, PLR0917 - an option each
    born: Annotated[str, typer.Argument(help="The event with which a person begins.")],
    returned: Annotated[str, typer.Argument(help="The event by which one returns.")] = "any",
    unit: Annotated[str, typer.Option(help="day, week or month.")] = "month",
    brackets: Annotated[
        str, typer.Option(help="How many units each bracket has: 1,3,4 are 0, 1–3, 4–7.")
    ] = "",
    counts: Annotated[str, typer.Option(help="on, on_or_after or on_or_before.")] = "",
    clock: Annotated[str, typer.Option(help="calendar, or rolling from each one's moment.")] = "",
    births: Annotated[str, typer.Option(help="first of a person, or recurring.")] = "",
    currency: Annotated[str, typer.Option(help="Add up returning money of this currency.")] = "",
    by: By = None,
    first: From = None,
    last: To = None,
    records: Records = False,  # noqa: FBT002 - Typer hands flags over by position
    as_json: Json = False,  # noqa: FBT002 - as above
) -> None:
    """Say who comes back, by cohort and time since they began.

    A cell with a star is not over: more may return. Cells that have not begun are left out.

    **Writes** nothing; it reads what is published.

    **Example**: `kette retention touchpoint:signed_up step:use --unit week --counts on_or_after`

    **Exit codes**: 0 answered · 1 nothing is published, or a name means nothing.
    """

    def ask(known: Known, period: Period) -> Question:
        from explore import questions

        return questions.retention(
            born, returned, known, unit=unit, brackets=_numbers(brackets), by=by,
            currency=currency or None, period=period, records_too=records, counts=counts,
            clock=clock, births=births,
        )  # fmt: skip

    rows = _answer(ask, first, last)
    columns: dict[str, Callable[[dict[str, Any]], str]] = {
        "segment": lambda row: row["segment"],
        "cohort": lambda row: f"{row['cohort_start']}",
        "persons": lambda row: f"{row['cohort_size']:,}",
        unit: lambda row: _span(row["first_unit"], row["last_unit"]),
        "returned": lambda row: f"{row['returned_count']:,}" + ("" if row["is_complete"] else " *"),
        "share": lambda row: _share(row, "rate"),
        currency: lambda row: f"{row['returned_amount']:,.2f}",
    }
    left_out = {*([] if by else ["segment"]), *([] if currency else [currency])}
    _show(rows, {k: v for k, v in columns.items() if k not in left_out}, as_json)


def paths(
    pattern: Annotated[
        str, typer.Argument(help="A pattern of events: '(?1)(?t<=3600)(?2)'. None: all moves.")
    ] = "",
    event: Annotated[
        list[str] | None, typer.Option(help="The events of the pattern, (?1) first.")
    ] = None,
    of: Annotated[str, typer.Option(help="What moves: channel, step, touchpoint …")] = "channel",
    sessions: Sessions = False,  # noqa: FBT002 - Typer hands flags over by position
    first: From = None,
    last: To = None,
    records: Records = False,  # noqa: FBT002 - Typer hands flags over by position
    as_json: Json = False,  # noqa: FBT002 - as above
) -> None:
    """Say how many persons go a path; without a pattern, what follows what.

    `(?1)` is the first `--event`, `.` any of them, `.*` any number of them, `(?t<=3600)` a time in
    seconds. Events without a number are skipped.

    **Writes** nothing; it reads what is published.

    **Examples**: `kette paths --of channel` ·
    `kette paths '(?1)(?t<=86400)(?2)' --event channel:chat --event step:buy`

    **Exit codes**: 0 answered · 1 nothing is published, or a name or the pattern means nothing.
    """

    def ask(known: Known, period: Period) -> Question:
        from explore import questions

        shared: Any = {"period": period, "known": known, "records_too": records}
        if pattern:
            return questions.matches(pattern, event or [], **shared)
        return questions.moves(of, within_sessions=sessions, **shared)

    rows = _answer(ask, first, last)
    if pattern:
        for row in rows:
            row["rate"] = (
                row["matching_count"] / row["person_count"] if row["person_count"] else None
            )
        columns: dict[str, Callable[[dict[str, Any]], str]] = {
            "persons": lambda row: f"{row['person_count']:,}",
            "go the path": lambda row: f"{row['matching_count']:,}",
            "share": lambda row: _share(row, "rate"),
            "times": lambda row: f"{row['match_count']:,}",
            "median time": lambda row: _time(row["seconds_median"]),
        }
    else:
        columns = {
            "from": lambda row: row["from_state"],
            "to": lambda row: row["to_state"] or "(end)",
            "moves": lambda row: f"{row['move_count']:,} of {row['from_count']:,}",
            "share": lambda row: _share(row, "rate"),
            "median time": lambda row: _time(row["seconds_median"]),
        }
    _show(rows, columns, as_json)


def _answer(
    ask: Callable[[Known, Period], Question], first: str | None, last: str | None
) -> list[dict[str, Any]]:
    """Ask what is published."""
    check_settings()
    from explore.events import refuse_unknown
    from explore.questions import Known, Period
    from orchestration.identity_review import lookup

    period = Period(parse_date(first), parse_date(last))
    with lookup.published() as connection:
        about = lookup.rows(
            connection, "select as_of, business_time_zone as time_zone from catalogue.about"
        )
        question = ask(Known(**about[0]), period)
        refuse_unknown(question.names, partial(lookup.rows, connection))
        return lookup.rows(connection, question.sql, dict(question.parameters))


def _show(
    rows: list[dict[str, Any]],
    columns: dict[str, Callable[[dict[str, Any]], str]],
    as_json: bool,  # noqa: FBT001 - as it came
) -> None:
    if as_json:
        typer.echo(json.dumps(rows, default=_plain, ensure_ascii=False, indent=2))
        return
    if not rows:
        console().print("Nobody does that in what is published.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows[:LISTED]:
        table.add_row(*(_escaped(cell(row)) for cell in columns.values()))
    console().print(table)
    if len(rows) > LISTED:
        console().print(f"… and {len(rows) - LISTED} more; --json prints all")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _share(row: dict[str, Any], name: str) -> str:
    share = row[name]
    if share is None:
        return "–"
    return f"{share:.1%} ({row[f'{name}_low']:.0%}–{row[f'{name}_high']:.0%})"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}–{last}"


def _numbers(text: str) -> list[int]:
    parts: Iterable[str] = (part.strip() for part in text.split(",")) if text else ()
    numbers = [int(part) if part.isascii() and part.isdigit() else 0 for part in parts]
    if any(number < 1 for number in numbers):
        raise typer.BadParameter(f"{text!r} are no brackets; write them as 1,3,4")
    return numbers


def _plain(value: object) -> object:
    from decimal import Decimal

    return float(value) if isinstance(value, Decimal) else str(value)
