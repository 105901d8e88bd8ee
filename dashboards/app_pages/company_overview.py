"""Overview: the key figures of a month, with trend, target and what changed."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from dashboards import warehouse
from dashboards.components import changes, figures, filters, month_charts, states
from dashboards.i18n import formats, labelled, t
from dashboards.queries import metrics

GROUPS = {
    "revenue": (
        "mrr",
        "paying_accounts",
        "net_revenue_retention_rate",
        "logo_churn_rate",
    ),
    "customers": (
        "active_customers",
        "new_customers",
        "acquisition_conversion_rate",
        "touchpoints",
    ),
    "support": (
        "conversations",
        "chat_first_response_seconds_median",
        "ticket_first_response_seconds_median",
        "missed_chat_rate",
        "bot_solved_chat_rate",
        "chat_resolution_seconds_median",
        "ticket_resolution_seconds_median",
    ),
}
# what adds to recurring revenue, and what takes from it
GAINS = ("mrr_new", "mrr_expansion", "mrr_reactivation")
LOSSES = ("mrr_contraction", "mrr_churn")
MOVEMENT_COLORS = ("#2F939E", "#5FA777", "#4E86C6", "#E0A13A", "#C65D4A")
TREND_LENGTHS = ("6", "12", "24")
COMPARISONS = ("month", "year")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
months = metrics.months(path)
if not months:
    states.empty(t("overview.empty"))
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
catalogue = metrics.catalogue(path)
series = metrics.figures(path, min(before, shown[0]), month)
trends = {
    name: [figure for figure in values if figure.period_start >= shown[0]]
    for name, values in series.items()
}
currency = metrics.currency(path)
warned = metrics.warnings(path)

with st.container(border=True):
    changes.show(catalogue, series, month, before, currency, publication.as_of)

for group, names in GROUPS.items():
    known = [name for name in names if name in catalogue]
    st.subheader(t(f"overview.{group}"), anchor=False)
    with st.grid(4, min_column_width=230):
        for name in known:
            figures.card(
                catalogue[name],
                trend=trends.get(name, []),
                every=series.get(name, []),
                month=month,
                before=before,
                currency=currency,
                as_of=publication.as_of,
                is_warned=(name, month) in warned,
            )

left, right = st.columns(2)
texts = [formats.month(value) for value in shown]

with left.container(border=True, height="stretch"):
    st.markdown(f"**{t('overview.movements')}**", help=t("overview.movements.help"))
    bars = []
    for position, name in enumerate((*GAINS, *LOSSES)):
        for figure in trends.get(name, []):
            amount = figure.numerator if name in GAINS else -figure.numerator
            bars.append(
                {
                    "month": formats.month(figure.period_start),
                    "series": figures.label(catalogue[name]),
                    "value": amount,
                    "shown": formats.money(amount, currency),
                    "position": position,
                }
            )
    if bars:
        month_charts.stacked_months(
            bars,
            months=texts,
            series=[figures.label(catalogue[name]) for name in (*GAINS, *LOSSES)],
            colors=MOVEMENT_COLORS,
            text=t("overview.movements.alt", first=texts[0], last=texts[-1]),
            value_title=t("axis.money", currency=currency or ""),
        )
    else:
        states.empty(t("overview.movements.empty"))

with right.container(border=True, height="stretch"):
    st.markdown(f"**{t('overview.sources')}**", help=t("overview.sources.help"))
    found = metrics.by_channel(path, "new_customers", shown[0], month)
    totals: dict[str, float] = {}
    for row in found:
        totals[labelled(row)] = totals.get(labelled(row), 0) + row["numerator"]
    order = sorted(totals, key=lambda name: -totals[name])
    if found:
        month_charts.stacked_months(
            [
                {
                    "month": formats.month(row["period_start"]),
                    "series": labelled(row),
                    "value": row["numerator"],
                    "shown": formats.number(row["numerator"]),
                    "position": order.index(labelled(row)),
                }
                for row in found
            ],
            months=texts,
            series=order,
            colors=None,
            text=t("overview.sources.alt", first=texts[0], last=texts[-1]),
            value_title=t("axis.persons"),
        )
    else:
        states.empty(t("overview.sources.empty"))
