"""Retention: how long accounts keep paying, and what is associated with it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboards import warehouse
from dashboards.components import charts, figures, filters, names, states
from dashboards.i18n import counted, formats, name_of, t
from dashboards.queries import metrics, retention
from explore import intervals

MEASURES = ("accounts", "mrr")
RANGES = ("12", "24", filters.ALL)
FACTORS = ("onboarding_booked", "first_response", "acquisition_channel")
# the order in which people think of them; what is not listed follows by size
LEVELS = ("yes", "no", "under_5_min", "5_to_60_min", "over_60_min", "none")
EVERY = "all"

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

# ---- factors

st.subheader(t("retention.factors"), anchor=False)
st.info(t("retention.factors.text"), icon=":material/balance:")
if measure != "accounts":
    # money has no share of yes and no: what is compared here are accounts
    st.caption(t("retention.factors.accounts"))
rows = retention.factors(path)
whole = next((row for row in rows if row["factor"] == EVERY), None)
if whole is None or not whole["accounts"]:
    states.empty(t("retention.factors.empty"))
    st.stop()

bounds = intervals.wilson(whole["retained"], whole["accounts"]) or (0.0, 1.0)
st.markdown(
    counted(
        "retention.factors.all",
        whole["accounts"],
        share=formats.percent(whole["retained"] / whole["accounts"]),
        low=formats.percent(bounds[0]),
        high=formats.percent(bounds[1]),
        n=formats.number(whole["accounts"]),
    ),
    help=figures.explain(catalogue["account_retention_rate"])
    if "account_retention_rate" in catalogue
    else None,
)


def level_name(factor: str, level: str) -> str:
    """Return the name of a level of a factor."""
    if factor == "acquisition_channel":
        return names.channel(path, level)
    return name_of(f"level.{factor}", level)


for factor in FACTORS:
    levels = [row for row in rows if row["factor"] == factor]
    levels.sort(
        key=lambda row: (
            LEVELS.index(row["factor_level"]) if row["factor_level"] in LEVELS else len(LEVELS),
            -row["accounts"],
        )
    )
    with st.container(border=True):
        st.markdown(f"**{t(f'factor.{factor}')}**", help=t(f"factor.{factor}.help"))
        if levels:
            st.caption(t("retention.factors.associated", factor=t(f"factor.{factor}.short")))
            charts.shares(
                [
                    charts.Share(
                        level_name(factor, row["factor_level"]), row["retained"], row["accounts"]
                    )
                    for row in levels
                ],
                text=t("retention.factors.alt", factor=t(f"factor.{factor}.short")),
                value_title=t("retention.factors.axis"),
                reference=whole["retained"] / whole["accounts"],
            )
        else:
            states.empty(t("retention.factors.empty"))
st.caption(t("retention.factors.line"))
