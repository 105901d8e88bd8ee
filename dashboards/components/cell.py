"""What is behind a cell of channel and step: its figure, and the people, words or stays it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import figures, names, records, slices, states
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, name_of, t
from dashboards.queries import behind

if TYPE_CHECKING:
    from dashboards.queries.metrics import Metric
    from dashboards.warehouse import Publication
    from explore.behind import Cell
    from explore.metrics import Figure

ENDS = ("converted", "dropped_off", "open")


def title(path: str, cell: Cell) -> str:
    """Return what a cell is called: channel and step, or that it is all of them."""
    channel, step = (
        t(f"steps.all.{name}") if code == "all" else slices.called(path, name, code)
        for name, code in (("channel", cell.channel), ("journey_step", cell.journey_step))
    )
    return f"{channel} · {step}"


def show(
    publication: Publication,
    metric: Metric,
    cell: Cell,
    figure: Figure | None,
    currency: str | None,
) -> None:
    """Show the figure of a cell in full, and the records behind it with links to the people."""
    path, zone = publication.path, publication.time_zone
    called = title(path, cell)
    st.subheader(literal(called), anchor=False)
    if figure is None:
        states.empty(t("steps.cell.none"))
        return
    st.caption(_told(metric, figure, currency, publication))
    name = f"{metric.metric}-{cell.channel}-{cell.journey_step}.csv"
    if metric.metric in behind.SAID:
        rows = behind.said(path, cell, behind.SAID[metric.metric])
        shown = [_said(row, zone) for row in rows]
        kind = "said"
    elif metric.metric in behind.STAYS:
        rows = behind.stays(path, cell)
        shown = [_stay(row, path, zone) for row in rows]
        kind = "stays"
    else:
        rows = behind.people(path, cell)
        shown = [_person(row, zone) for row in rows]
        kind = "people"
    st.markdown(f"**{t(f'steps.behind.{kind}')}**", help=t(f"steps.behind.{kind}.help"))
    records.show(
        shown,
        at_most=behind.AT_MOST,
        name=name,
        text=t(f"steps.behind.{kind}"),
        empty=t(f"steps.behind.{kind}.none"),
    )


def _told(metric: Metric, figure: Figure, currency: str | None, publication: Publication) -> str:
    if figure.has_too_few:
        return counted("steps.figure.few", figure.sample_size, n=formats.number(figure.sample_size))
    parts = [f"{figures.label(metric)}: {figures.write(metric, figure.value, currency)}"]
    if interval := figure.interval:
        low, high = (figures.write(metric, bound, currency) for bound in interval)
        parts.append(t("figure.interval", low=low, high=high, n=formats.number(figure.sample_size)))
    if not figure.is_ripe(publication.as_of):
        parts.append(t("figure.unripe", day=formats.day(figure.ripe_from)))
    return " · ".join(parts)


def _who(row: dict[str, Any], zone: str) -> dict[str, Any]:
    return {
        "link": records.link(row["customer_id"]),
        t("customer.column.who"): records.who(row),
        t("customer.column.account"): row["account_name"] or "",
        t("timeline.when"): formats.moment(row["occurred_at"], zone),
    }


def _person(row: dict[str, Any], zone: str) -> dict[str, Any]:
    return {**_who(row, zone), t("journeys.contacts"): formats.number(row["contact_count"])}


def _said(row: dict[str, Any], zone: str) -> dict[str, Any]:
    return {
        **_who(row, zone),
        t("steps.score"): score(row["score"], row["scale_max"]),
        t("steps.mood"): name_of("sentiment", row["sentiment"]) if row["sentiment"] else "",
        t("steps.words"): row["words"] or "",
    }


def score(value: float | None, highest: float | None) -> str:
    """Return a score with the end of its scale; nothing where only words were."""
    if value is None:
        return ""
    decimals = 0 if value == round(value) else 1
    of = formats.number(highest) if highest is not None else formats.NONE
    return t("steps.score.of", score=formats.number(value, decimals), highest=of)


def _stay(row: dict[str, Any], path: str, zone: str) -> dict[str, Any]:
    after = row["to_step"]
    return {
        **_who(row, zone),
        t("journeys.contacts"): formats.number(row["touchpoint_count"]),
        t("steps.stayed"): formats.duration(row["seconds_between"]),
        t("steps.then"): name_of("stay", after) if after in ENDS else names.step(path, after),
    }
