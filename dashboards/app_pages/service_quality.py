"""Service: how quickly and how well customers are helped, about what, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboards import warehouse
from dashboards.components import (
    charts,
    download,
    figures,
    filters,
    month_charts,
    service,
    slices,
    states,
    tables,
)
from dashboards.i18n import formats, name_of, t
from dashboards.queries import metrics, service as conversations

HEADLINES = (
    "conversations",
    "sla_met_rate",
    "first_contact_resolution_rate",
    "repeat_contact_rate",
    "reopened_matter_rate",
    "unanswered_rate",
    "open_conversations",
    "open_conversation_age_seconds_median",
    "cost_per_contact",
    "cost_per_solved_contact",
    "missed_chat_rate",
    "bot_solved_return_rate",
)
TIMES = tuple(
    f"{moment}_{hours}seconds_median"
    for moment in ("first_response", "resolution")
    for hours in ("business_", "")
)
KINDS = ("chat", "ticket")
QUALITY = (
    "first_response_sla_met_rate",
    "resolution_sla_met_rate",
    "first_contact_resolution_rate",
    "first_contact_resolution_on_channel_rate",
    "repeat_contact_rate",
    "channel_switch_rate",
    "cost_per_contact",
)
TREND_LENGTHS = ("6", "12", "24")
COMPARISONS = ("month", "year")
BANDS = ("under_1_day", "1_to_3_days", "3_to_7_days", "7_to_30_days", "over_30_days")
BAND_COLORS = ("#5FA777", "#2F939E", "#4E86C6", "#E0A13A", "#C65D4A")
LISTS = ("all", "late", "unsolved", "returned")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path, as_of = publication.path, publication.as_of
months = metrics.months(path)
catalogue = metrics.catalogue(path)
if not months or "sla_met_rate" not in catalogue:
    states.empty(t("service.empty"))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    with st.container(width=240):
        month = filters.month(publication, months)
    compare = filters.one_of(
        "compare", t("filter.compare"), COMPARISONS, lambda code: t(f"filter.compare.{code}")
    )
    trend = filters.one_of(
        "trend",
        t("filter.trend"),
        TREND_LENGTHS,
        lambda code: t("filter.trend.months", count=code),
        default="12",
    )

earlier = (month.replace(day=1) - timedelta(days=1)).replace(day=1)
before = earlier if compare == "month" else month.replace(year=month.year - 1)
shown = [value for value in sorted(months) if value <= month][-int(trend) :]
span = f"{formats.month(shown[0])} – {formats.month(shown[-1])}"
series = metrics.figures(path, min(before, shown[0]), month)
currency = metrics.currency(path)
warned = metrics.warnings(path)
of_month = conversations.of_month(path, month)
if "conversations" not in series:
    states.empty(t("service.empty"))
    st.stop()

with st.grid(4, min_column_width=230):
    for name in HEADLINES:
        known = {figure.period_start: figure for figure in series.get(name, [])}
        if month in known and figures.has_too_few(catalogue[name], known[month]):
            figures.untold(catalogue[name], known[month])
            continue
        figures.card(
            catalogue[name],
            trend=[figure for figure in series.get(name, []) if figure.period_start >= shown[0]],
            every=series.get(name, []),
            month=month,
            before=before,
            currency=currency,
            as_of=as_of,
            is_warned=(name, month) in warned,
        )
st.caption(t("service.rates"))

st.subheader(
    t("service.times", month=formats.month(month)), anchor=False, help=t("service.times.help")
)
for kind in KINDS:
    with st.container(border=True):
        st.markdown(f"**{t(f'service.{kind}')}**")
        service.by_channel(
            path, of_month, catalogue, currency, as_of,
            headings={f"{kind}_{time}": t(f"service.{time}") for time in TIMES},
            text=t("service.times.alt", month=formats.month(month)),
            file_name=f"service-{kind}.csv",
        )  # fmt: skip

st.subheader(
    t("service.quality", month=formats.month(month)), anchor=False, help=t("service.quality.help")
)
with st.container(border=True):
    service.by_channel(
        path, of_month, catalogue, currency, as_of,
        headings={name: t(f"service.{name}") for name in QUALITY},
        text=t("service.quality.alt", month=formats.month(month)),
        file_name="service-channels.csv",
    )  # fmt: skip

left, right = st.columns(2)
texts = [formats.month(value) for value in shown]
with left.container(border=True, height="stretch"):
    offered = [name for name in (*HEADLINES, *QUALITY) if name in series]
    name = filters.one_of_many(
        "over",
        t("service.trend"),
        list(dict.fromkeys(offered)),
        lambda code: figures.label(catalogue[code]),
        default="sla_met_rate" if "sla_met_rate" in offered else offered[0],
        help=t("metrics.over_time.help"),
    )
    points = slices.over_time(
        path,
        metrics.by_slice(path, name, (), shown[0], month, whole_period=False),
        catalogue[name],
        currency,
        as_of,
    )
    if points:
        month_charts.lines(
            points,
            months=texts,
            series=[figures.label(catalogue[name])],
            is_share=catalogue[name].unit == "rate",
            text=t("metrics.over_time.alt", metric=figures.label(catalogue[name]), period=span),
        )
    else:
        states.empty(t("metrics.few"))

with right.container(border=True, height="stretch"):
    st.markdown(f"**{t('service.backlog')}**", help=t("service.backlog.help"))
    waiting = conversations.backlog(path, shown[0], month)
    if waiting:
        month_charts.stacked_months(
            [
                {
                    "month": formats.month(row["period_start"]),
                    "series": name_of("age_band", row["age_band"]),
                    "value": row["conversation_count"],
                    "shown": formats.number(row["conversation_count"]),
                    "position": BANDS.index(row["age_band"]),
                }
                for row in waiting
            ],
            months=texts,
            series=[name_of("age_band", band) for band in BANDS],
            colors=BAND_COLORS,
            text=t("service.backlog.alt", period=span),
            value_title=t("service.conversations"),
        )
    else:
        states.empty(t("service.backlog.empty"))

st.subheader(t("service.reasons", period=span), anchor=False, help=t("service.reasons.help"))
asked = conversations.reasons(path, shown[0], month)
left, right = st.columns((3, 2))
with left.container(border=True, height="stretch"):
    tables.plain(
        service.reasons(asked),
        text=t("service.reasons.alt", period=span),
        empty=t("service.reasons.empty"),
    )
    download.csv("service-reasons.csv", asked)
with right.container(border=True, height="stretch"):
    st.markdown(f"**{t('service.negative')}**", help=t("service.negative.help"))
    if moods := service.moods(asked):
        charts.shares(
            moods, text=t("service.negative.alt", period=span), value_title=t("service.negative")
        )
    else:
        states.empty(t("metrics.few"))

st.subheader(
    t("service.behind", month=formats.month(month)), anchor=False, help=t("service.behind.help")
)
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    kind = filters.one_of("list", t("service.list"), LISTS, lambda code: t(f"service.list.{code}"))
    with st.container(width=240):
        channel = filters.channel(path, list(of_month.get("conversations", {})))
listed = conversations.behind(path, month, publication.time_zone, channel, kind)
if listed:
    service.behind(listed[: conversations.LISTED_AT_MOST], path, publication.time_zone)
    if len(listed) > conversations.LISTED_AT_MOST:
        st.caption(t("service.behind.more", shown=conversations.LISTED_AT_MOST,
                     all=formats.number(len(listed))))  # fmt: skip
    download.csv("conversations.csv", service.written(listed))
else:
    states.empty(t("service.behind.empty"))
