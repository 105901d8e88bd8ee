"""Metrics: any metric of the catalogue over time and by slice, with its cases and interval."""

from __future__ import annotations

import streamlit as st

from dashboards import warehouse
from dashboards.components import download, figures, filters, month_charts, slices, states
from dashboards.components.markup import literal
from dashboards.i18n import formats, labelled, t
from dashboards.queries import metrics

NONE = "none"
# by more the lines of a chart cannot be told apart
MOST_LINES = 8

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
months = metrics.months(path)
catalogue = metrics.catalogue(path)
if not months or not catalogue:
    states.empty(t("metrics.empty"))
    st.stop()

ordered = sorted(catalogue.values(), key=lambda known: figures.label(known).casefold())
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    with st.container(width=340):
        name = filters.one_of_many(
            "metric",
            t("metrics.metric"),
            [known.metric for known in ordered],
            lambda code: figures.label(catalogue[code]),
            default="nps" if "nps" in catalogue else ordered[0].metric,
            help=t("metrics.metric.help"),
        )
    offered = metrics.dimensions(path, name)
    with st.container(width=200):
        by = filters.one_of_many(
            "by", t("metrics.by"), [NONE, *offered], lambda code: t(f"metrics.by.{code}")
        )
    beside = NONE
    if by != NONE and len(offered) > 1:
        others = [code for code in offered if code != by]
        with st.container(width=200):
            beside = filters.one_of_many(
                "beside",
                t("metrics.beside"),
                [NONE, *others],
                lambda code: t(f"metrics.by.{code}"),
            )
    period = filters.period(months)

metric = catalogue[name]
currency = metrics.currency(path)
chosen = tuple(code for code in (by, beside) if code != NONE)

st.subheader(figures.label(metric), anchor=False, help=figures.explain(metric))
st.caption(literal(labelled(metric.words, "definition")))

over_time = metrics.by_slice(path, name, chosen[:1], period.first, period.last, whole_period=False)
if not over_time:
    states.empty(t("metrics.none", period=period.text))
    st.stop()

with st.container(border=True):
    st.markdown(f"**{t('metrics.over_time')}**", help=t("metrics.over_time.help"))
    lines = slices.over_time(path, over_time, metric, currency, publication.as_of)
    series = list(dict.fromkeys(row["series"] for row in lines))
    if not lines:
        states.empty(t("metrics.few"))
    elif len(series) > MOST_LINES:
        states.empty(t("metrics.many", lines=len(series)))
    else:
        month_charts.lines(
            lines,
            months=[formats.month(month) for month in sorted(months) if period.holds(month)],
            series=series,
            is_share=metric.unit == "rate",
            text=t("metrics.over_time.alt", metric=figures.label(metric), period=period.text),
        )

answers = metrics.by_slice(
    path, name, chosen, period.first, period.last, whole_period=metric.adds_up
)
if not metric.adds_up:
    newest = max(answer.figure.period_start for answer in answers)
    answers = [answer for answer in answers if answer.figure.period_start == newest]
with st.container(border=True):
    span = period.text if metric.adds_up else formats.month(answers[0].figure.period_start)
    st.markdown(f"**{t('metrics.slices', span=span)}**", help=t("metrics.slices.help"))
    if not metric.adds_up:
        st.caption(t("metrics.slices.month"))
    slices.table(
        path, answers, metric, currency, publication.as_of,
        text=t("metrics.slices.alt", metric=figures.label(metric), span=span),
    )  # fmt: skip
    download.csv(
        f"{name}.csv",
        slices.records(
            metrics.by_slice(path, name, chosen, period.first, period.last, whole_period=False)
        ),
    )
