"""Answers to funnels, retention and paths that readers choose: in words, as tables, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import (
    charts,
    download,
    filters,
    heat,
    names,
    person,
    slices,
    states,
    tables,
)
from dashboards.components.markup import short, visible
from dashboards.i18n import formats, labelled, name_of, t
from dashboards.queries import exploring
from explore.metrics import FEWEST_CASES, Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

NONE = "none"
MOST_STEPS = 5
# a table of more segments or moves is no answer at a glance; the file has them all
MOST_SEGMENTS, MOST_MOVES = 8, 25


def event(path: str, code: str) -> str:
    """Return what an event of ``explore.events`` is called in the reader's language."""
    kind, _, value = code.partition(":")
    if code in {NONE, "any"}:
        return t(f"explore.event.{code}")
    return t(f"explore.event.{kind}", name=state(path, kind, value))


def state(path: str, kind: str, value: str) -> str:
    """Return what a step, a channel or a touchpoint is called."""
    if kind == "step":
        return names.step(path, value)
    if kind == "channel":
        return names.channel(path, value)
    known = exploring.touchpoints(path).get(value)
    return labelled(known) if known else value


def chosen_steps(path: str, offered: Sequence[str], defaults: Sequence[str]) -> tuple[str, ...]:
    """Let the reader choose the steps in their order; a further one shows once the last is chosen."""
    steps: list[str] = []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for number in range(MOST_STEPS):
            default = defaults[number] if number < len(defaults) else NONE
            options = [*offered] if number == 0 else [NONE, *offered]
            with st.container(width=230):
                step = filters.one_of_many(
                    f"s{number + 1}",
                    t("explore.step", number=number + 1),
                    options,
                    lambda code: event(path, code),
                    default=default if default in options else options[0],
                )
            if step == NONE:
                break
            steps.append(step)
    return tuple(steps)


def funnel(rows: Sequence[dict[str, Any]], path: str, steps: Sequence[str], by: str) -> None:
    """Show how many people got how far, as bars and as a table, by segment where that was asked."""
    if not rows or not rows[0]["entered_count"]:
        states.empty(t("explore.nobody"))
        return
    called = [f"{number}. {short(event(path, code))}" for number, code in enumerate(steps, start=1)]
    if by == NONE:
        charts.funnel(
            [
                {
                    "name": called[row["step_number"] - 1],
                    "value": row["reached_count"],
                    "shown": t(
                        "feedback.share",
                        n=formats.number(row["reached_count"]),
                        share=formats.percent(row["rate"]),
                    ),
                }
                for row in rows
            ],
            text=t("explore.funnel.alt"),
            value_title=t("explore.people"),
        )
    sizes = {row["segment"]: row["entered_count"] for row in rows}
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST_SEGMENTS]
    tables.plain(
        [
            {
                **({t("explore.by"): segment(path, by, row["segment"])} if by != NONE else {}),
                t("explore.column.step"): called[row["step_number"] - 1],
                t("explore.people"): formats.number(row["reached_count"]),
                t("explore.column.of_first"): share(row, "rate", row["entered_count"]),
                t("explore.column.of_previous"): share(row, "step_rate", row["previous_count"])
                if row["step_number"] > 1
                else "",
                t("explore.column.seconds"): formats.duration(row["seconds_from_previous_median"])
                if row["step_number"] > 1
                else "",
                t("explore.column.open"): formats.number(row["open_count"]),
            }
            for name in largest
            for row in rows
            if row["segment"] == name
        ],
        text=t("explore.funnel.alt"),
        empty=t("explore.nobody"),
    )
    if len(sizes) > MOST_SEGMENTS:
        st.caption(t("explore.segments", shown=MOST_SEGMENTS, total=formats.number(len(sizes))))
    download.csv("funnel.csv", [{**row, "step": steps[row["step_number"] - 1]} for row in rows])


def segment(path: str, by: str, value: str) -> str:
    """Return what a part of a breakdown is called."""
    if value == NONE:
        return t("metrics.unknown")
    if by in {"channel", "acquisition"}:
        return names.channel(path, value)
    if by == "source":
        return name_of("source", value)
    return slices.called(path, "persona", value) if by == "persona" else short(visible(value))


def retention(rows: Sequence[dict[str, Any]], unit: str, as_of: date) -> None:
    """Show the share of each cohort that came back in each unit of time; young cells are marked."""
    if not rows:
        states.empty(t("explore.nobody"))
        return
    cells = {
        (row["cohort_start"].isoformat(), str(row["bracket_number"])): Figure(
            period_start=row["cohort_start"],
            numerator=row["returned_count"],
            denominator=row["cohort_size"],
            sum_of_squares=None,
            sample_size=row["cohort_size"],
            ripe_from=None if row["is_complete"] else as_of.replace(year=as_of.year + 1, day=1),
        )
        for row in rows
    }
    cohorts = {row["cohort_start"].isoformat(): row for row in rows}
    heat.show(
        cells,
        rows={
            code: t(
                "retention.cohort",
                month=formats.month(row["cohort_start"])
                if unit == "month"
                else formats.day(row["cohort_start"]),
                n=formats.number(row["cohort_size"]),
            )
            for code, row in sorted(cohorts.items())
        },
        columns={
            str(number): t(f"explore.unit.{unit}", number=number)
            for number in sorted({row["bracket_number"] for row in rows})
        },
        corner=t("explore.cohort"),
        write=lambda figure: formats.percent(figure.value),
        as_of=as_of,
        text=t("explore.retention.alt"),
        opens=False,
    )
    st.caption(f"{t('steps.legend.tint')} {t('explore.retention.legend')}")
    with st.expander(t("steps.listed")):
        tables.plain(
            [
                {
                    t("explore.cohort"): formats.day(row["cohort_start"]),
                    t("explore.after"): t(f"explore.unit.{unit}", number=row["bracket_number"]),
                    t("explore.people"): formats.number(row["returned_count"]),
                    t("explore.share"): share(row, "rate", row["cohort_size"]),
                    t("metrics.state"): "" if row["is_complete"] else t("metrics.open"),
                }
                for row in rows
            ],
            text=t("explore.retention.alt"),
            empty=t("explore.nobody"),
        )
    download.csv("retention.csv", rows)


def way(
    everyone: int,
    people: int,
    times: int,
    *,
    seconds: float | None,
    low: float | None,
    high: float | None,
) -> None:
    """Show how many people of everyone in contact went a way, how often, and how long it took."""
    rate = people / everyone if everyone else None
    told = share({"rate": rate, "rate_low": low, "rate_high": high}, "rate", everyone)
    with st.grid(3, min_column_width=200):
        person.figure(
            t("explore.match.people"),
            formats.number(people),
            below=t("explore.match.of", share=told, all=formats.number(everyone)),
            help=t("explore.match.people.help"),
        )
        person.figure(
            t("explore.match.times"),
            formats.number(times),
            below=t("explore.match.times.below"),
            help=t("explore.match.times.help"),
        )
        person.figure(
            t("explore.match.took"),
            formats.duration(seconds),
            below=t("explore.match.took.below"),
            help=t("explore.match.took.help"),
        )


def moves(rows: Sequence[dict[str, Any]], path: str, kind: str) -> None:
    """Show what follows what, the commonest moves first."""
    told = [row for row in rows if row["from_state"] is not None]
    tables.plain(
        [
            {
                t("explore.column.from"): state(path, kind, row["from_state"]),
                t("explore.column.to"): t("explore.end")
                if row["to_state"] is None
                else state(path, kind, row["to_state"]),
                t("explore.column.moves"): formats.number(row["move_count"]),
                t("explore.column.of_moves"): share(row, "rate", row["from_count"]),
                t("explore.column.seconds"): formats.duration(row["seconds_median"]),
            }
            for row in told[:MOST_MOVES]
        ],
        text=t("explore.moves.alt"),
        empty=t("explore.nobody"),
    )
    if len(told) > MOST_MOVES:
        rest = formats.number(len(told))
        st.caption(t("explore.moves.more", shown=MOST_MOVES, total=rest))
    download.csv("moves.csv", told)


def share(row: Mapping[str, Any], name: str, cases: int) -> str:
    """Return a share with its 95 % interval, or that there are too few cases."""
    if row[name] is None or cases < FEWEST_CASES:
        return t("metrics.too_few")
    low, high = (formats.percent(row[f"{name}_{end}"]) for end in ("low", "high"))
    return t("feedback.reach.share", share=formats.percent(row[name]), low=low, high=high)
