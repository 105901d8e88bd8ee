"""Retention: how long accounts keep paying, and what affects it most."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards import warehouse
from dashboards.components import charts, drivers, figures, filters, leaving, states
from dashboards.i18n import formats, t
from dashboards.queries import metrics, retention
from explore import intervals

MEASURES = ("accounts", "mrr")
RANGES = ("12", "24", filters.ALL)

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
catalogue = metrics.catalogue(path)
currency = metrics.currency(path)
months = retention.cohort_months(path)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    measure = filters.one_of(
        "measure",
        t("filter.measure"),
        MEASURES,
        lambda code: t(f"filter.measure.{code}"),
        help=t("filter.measure.help"),
    )
    chosen = filters.one_of(
        "cohorts",
        t("filter.cohorts"),
        RANGES,
        lambda code: (
            t("filter.cohorts.all")
            if code == filters.ALL
            else t("filter.cohorts.months", count=code)
        ),
        default="24",
        help=t("filter.cohorts.help"),
    )

if not months:
    states.empty(t("retention.empty"))
    st.stop()
first = months[-1] if chosen == filters.ALL else months[min(int(chosen), len(months)) - 1]

# ---- milestones


def accounts_card(metric: metrics.Metric, row: dict[str, Any]) -> None:
    """Show which share of the accounts still paid after so many months."""
    share = row["retained"] / row["accounts"] if row["accounts"] else None
    st.metric(
        figures.label(metric),
        formats.percent(share),
        help=f"{figures.explain(metric)}\n\n{t('retention.milestone.help')}",
    )
    if bounds := intervals.wilson(row["retained"], row["accounts"]):
        st.caption(
            t(
                "interval.of",
                low=formats.percent(bounds[0]),
                high=formats.percent(bounds[1]),
                hits=formats.number(row["retained"]),
                cases=formats.number(row["accounts"]),
            )
        )


def revenue_card(metric: metrics.Metric, row: dict[str, Any] | None) -> None:
    """Show which share of their first revenue the same accounts paid after so many months."""
    is_known = row is not None and row["whole"]
    st.metric(
        figures.label(metric),
        formats.percent(row["retained"] / row["whole"] if row and is_known else None),
        help=f"{t('retention.cohorts.caption.mrr')}\n\n{t('retention.milestone.help')}",
    )
    if row and is_known:
        st.caption(
            t(
                "share.cases",
                hits=formats.money(row["retained"], currency),
                n=formats.money(row["whole"], currency),
            )
        )


found = {row["metric"]: row for row in retention.milestones(path, first)}
paid = {row["metric"]: row for row in retention.revenue_milestones(path, first)}
milestones = [name for name in catalogue if name in found]
if milestones:
    with st.grid(4, min_column_width=200):
        for name in milestones:
            with st.container(border=True, height="stretch", gap="xsmall"):
                if measure == "accounts":
                    accounts_card(catalogue[name], found[name])
                else:
                    revenue_card(catalogue[name], paid.get(name))
                if found[name]["youngest"] < months[0]:
                    # a badge would cut the sentence on a narrow card
                    st.caption(
                        t(
                            "retention.milestone.unripe",
                            month=formats.month(
                                min(month for month in months if month > found[name]["youngest"])
                            ),
                        ),
                        help=t("retention.milestone.unripe.help"),
                    )

# ---- cohorts

st.subheader(t("retention.cohorts"), anchor=False, help=t("retention.cohorts.help"))
cells = retention.cohorts(path, first)
with st.container(border=True):
    drawn = []
    for row in cells:
        if measure == "accounts":
            kept, whole = row["retained_count"], row["cohort_size"]
            cases = t("share.cases", hits=formats.number(kept), n=formats.number(whole))
        else:
            kept, whole = row["retained_mrr_amount"], row["cohort_mrr_amount"]
            cases = t(
                "share.cases",
                hits=formats.money(kept, currency),
                n=formats.money(whole, currency),
            )
        if not whole:
            continue
        drawn.append(
            {
                "cohort": t(
                    "retention.cohort",
                    month=formats.month(row["cohort_month"]),
                    n=formats.number(row["cohort_size"]),
                ),
                "months_since": row["months_since"],
                "share": kept / whole,
                "shown": formats.percent(kept / whole),
                "short": formats.number(100 * kept / whole),
                "cases": cases,
            }
        )
    if drawn:
        charts.cohort_map(
            drawn,
            cohorts=list(dict.fromkeys(row["cohort"] for row in drawn)),
            text=t(f"retention.cohorts.alt.{measure}", first=formats.month(first)),
            title=t(f"filter.measure.{measure}"),
        )
        st.caption(t(f"retention.cohorts.caption.{measure}"))
    else:
        states.empty(t("retention.cohorts.empty"))

# ---- drivers

drivers.show(path, currency, is_about_money=measure != "accounts")

# ---- who will leave

leaving.show(path, publication.time_zone)
