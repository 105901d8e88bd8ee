"""Figures as known: what was published about a month at the time, and why the figure changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import warehouse
from dashboards.components import charts, figures, filters, known as parts, names, states, tables
from dashboards.i18n import formats, t
from dashboards.queries import known, metrics

if TYPE_CHECKING:
    from datetime import date

CHANGED_SHOWN = 15

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path, zone = publication.path, publication.time_zone
catalogue = metrics.catalogue(path)
currency = metrics.currency(path)
options = (
    [pair for pair in known.figures(path) if pair[0] in catalogue] if known.is_kept(path) else []
)
if not options:
    states.empty(t("known.empty"))
    st.stop()


def name(figure: tuple[str, str]) -> str:
    """Return what a figure is called, with its phase where it has one."""
    metric, phase = figure
    text = figures.label(catalogue[metric])
    return text if phase == known.ALL else f"{text} · {names.phase(path, phase)}"


changed = known.changed(path)
st.subheader(t("known.changed"), anchor=False, help=t("known.changed.help"))
tables.plain(
    [
        {
            t("known.figure"): name((row["metric"], row["journey_phase"])),
            t("known.month"): formats.month(row["period_start"]),
            t("known.at_close"): figures.write(
                catalogue[row["metric"]], row["value_at_close"], currency
            ),
            t("known.now"): figures.write(catalogue[row["metric"]], row["value"], currency),
            t("known.since"): formats.moment(row["changed_at"], zone),
        }
        for row in changed[:CHANGED_SHOWN]
    ],
    text=t("known.changed.alt"),
    empty=t("known.changed.none"),
)
if len(changed) > CHANGED_SHOWN:
    st.caption(t("known.changed.more", count=len(changed) - CHANGED_SHOWN))

st.subheader(t("known.why"), anchor=False, help=t("known.why.help"))
options.sort(key=name)
first = (changed[0]["metric"], changed[0]["journey_phase"]) if changed else options[0]
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    with st.container(width=380):
        metric, phase = filters.one_of_many(
            "figure", t("known.figure"), options, name, default=first
        )
    months = known.months(path, metric, phase)
    with st.container(width=220):

        def month_name(value: date) -> str:
            """Return a month, and that it still runs."""
            text = formats.month(value)
            is_over = known.closing(path, value) is not None
            return text if is_over else t("filter.month.running", month=text)

        told = next(
            (
                row["period_start"]
                for row in changed
                if (row["metric"], row["journey_phase"]) == first
            ),
            months[0],
        )
        month = filters.one_of_many(
            "known_month",
            t("known.month"),
            months,
            month_name,
            default=told if told in months else months[0],
        )

said = known.values(path, metric, phase, month)
closing = known.closing(path, month)
closed = closing["version"] if closing else None
# what was known when the month was over, else what was said first
before = [row for row in said if closed is None or row["known_from"] <= closed]
if closing and not before:
    said = [{**closing, "known_from": closed, "value": None}, *said]
at_close = before[-1 if closed else 0]["known_from"] if before else said[0]["known_from"]
by_version = {row["known_from"]: row for row in said}
with st.container(width=380):
    then = filters.one_of_many(
        "since",
        t("known.compare"),
        list(by_version),
        lambda version: t(
            "known.version.close" if version == at_close and closed else "known.version",
            moment=formats.moment(by_version[version]["published_at"], zone),
        ),
        default=at_close,
        help=t("known.compare.help"),
    )
parts.verdict(catalogue[metric], by_version[then], said[-1], zone, currency)
if len(said) > 1:
    charts.steps(
        [
            {
                "moment": formats.local(row["published_at"], zone),
                "value": row["value"],
                "shown": figures.write(catalogue[metric], row["value"], currency),
                "published": formats.moment(row["published_at"], zone),
            }
            for row in said
        ],
        value_title=figures.label(catalogue[metric]),
        text=t("known.chart.alt", figure=name((metric, phase)), month=formats.month(month)),
    )
# a version is compared with the one before: what was known at the close may be older than it
since = max(then, closed) if closed and then == at_close else then
parts.reasons(path, metric, month, since, is_changed=by_version[then] is not said[-1])
