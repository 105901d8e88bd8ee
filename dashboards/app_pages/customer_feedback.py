"""Feedback: what customers answered, how sure the figures are, and what they wrote in their own words."""

from __future__ import annotations

import streamlit as st

from dashboards import warehouse
from dashboards.components import (
    answers,
    figures,
    filters,
    month_charts,
    mood,
    person,
    slices,
    states,
)
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, labelled, t
from dashboards.queries import feedback, metrics
from explore.feedback import ALL, GROUPS, LISTS, Asked

METRICS = {"nps": "nps", "csat": "csat_rate", "ces": "ces_mean", "review": "review_rating_mean"}
RESPONSE = "survey_response_rate"
MOODS = ("negative", "neutral", "positive")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
months = metrics.months(path)
catalogue = metrics.catalogue(path)
if not months or not metrics.has_rows(path, tuple(METRICS.values())):
    states.empty(t("feedback.empty"))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    kind = filters.one_of(
        "kind", t("feedback.kind"), list(METRICS), lambda code: t(f"feedback.kind.{code}")
    )
    period = filters.period(months)
metric = catalogue[METRICS[kind]]
asked = Asked(kind, period.first, period.last, publication.time_zone)

# ---- how it is

whole = metrics.by_slice(path, metric.metric, (), period.first, period.last, whole_period=True)
with st.grid(4, min_column_width=200):
    answers.card(metric, whole[0].figure if whole else None, publication.as_of)
    if kind != "review":
        response = metrics.ripe_together(path, RESPONSE, period.first, period.last)
        answers.card(catalogue[RESPONSE], response, publication.as_of, of=t("feedback.all_surveys"))
    waiting = feedback.answers(path, asked, only="open", group=ALL, topic=ALL, sentiment=ALL)
    shown = min(len(waiting), feedback.AT_MOST)
    person.figure(
        t("feedback.open"),
        formats.number(shown) if shown == len(waiting) else f"> {formats.number(shown)}",
        below=t("feedback.open.below"),
        help=t("feedback.open.help"),
    )
if not whole:
    states.empty(t("metrics.none", period=period.text))
    st.stop()

left, right = st.columns(2)
with left.container(border=True, height="stretch"):
    st.markdown(f"**{t('feedback.distribution')}**", help=t("feedback.distribution.help"))
    answers.distribution(feedback.distribution(path, asked), kind)
with right.container(border=True, height="stretch"):
    st.markdown(f"**{t('metrics.over_time')}**", help=t("metrics.over_time.help"))
    monthly = metrics.by_slice(
        path, metric.metric, (), period.first, period.last, whole_period=False
    )
    lines = slices.over_time(path, monthly, metric, None, publication.as_of)
    if lines:
        month_charts.lines(
            lines,
            months=[formats.month(month) for month in sorted(months) if period.holds(month)],
            series=[figures.label(metric)],
            is_share=metric.unit == "rate",
            text=t("metrics.over_time.alt", metric=figures.label(metric), period=period.text),
        )
    else:
        states.empty(t("metrics.few"))

# ---- who answered, and how it feels along the journey

if kind != "review":
    with st.container(border=True):
        st.markdown(f"**{t('feedback.reach')}**", help=t("feedback.reach.help"))
        answers.reach(feedback.reach(path, asked))
with st.container(border=True):
    st.markdown(f"**{t('feedback.steps')}**", help=t("feedback.steps.help"))
    mood.along_the_journey(path, catalogue, period)

# ---- in their own words

st.subheader(t("feedback.words"), anchor=False, help=t("feedback.words.help"))
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    only = filters.one_of(
        "list", t("feedback.list"), list(LISTS), lambda code: t(f"feedback.list.{code}")
    )
    group = filters.one_of(
        "group",
        t("feedback.group"),
        [ALL, *sorted(GROUPS, key=("low", "middle", "high").index)],
        lambda code: t(f"feedback.group.{code}"),
        help=t("feedback.group.help"),
    )
    topics = feedback.topics(path)
    with st.container(width=240):
        topic = filters.one_of_many(
            "topic",
            t("feedback.topic"),
            [ALL, *topics],
            lambda code: t("feedback.topic.all") if code == ALL else labelled(topics[code]),
        )
    sentiment = filters.one_of(
        "mood",
        t("steps.mood"),
        [ALL, *MOODS],
        lambda code: t("feedback.mood.all") if code == ALL else t(f"sentiment.{code}"),
    )
found = feedback.answers(path, asked, only=only, group=group, topic=topic, sentiment=sentiment)
if not found:
    states.empty(t("feedback.words.none"))
    st.stop()
st.caption(
    literal(t("feedback.words.many", limit=formats.number(feedback.AT_MOST)))
    if len(found) > feedback.AT_MOST
    else counted("feedback.words.count", len(found), count=formats.number(len(found)))
)
answers.listed(found[: feedback.AT_MOST], publication, topics, feedback.moments(path))
