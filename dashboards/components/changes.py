"""What surely changed from one month to another, each with a way to the metric itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components import figures, tables
from dashboards.components.markup import Markup, literal
from dashboards.i18n import counted, formats, t
from explore import changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboards.queries.metrics import Metric
    from explore.changes import Change
    from explore.metrics import Figure

METRICS = "app_pages/metric_explorer.py"
SHOWN_AT_MOST = 8


def show(
    catalogue: Mapping[str, Metric],
    series: Mapping[str, Sequence[Figure]],
    month: date,
    before: date,
    currency: str | None,
    as_of: date,
) -> None:
    """Show the metrics that differ between two months by more than chance, the surest first.

    Args:
        catalogue: The metrics that are known.
        series: Figures of each metric by month.
        month: The later month.
        before: The earlier month.
        currency: Of amounts of money.
        as_of: The day by which a figure is ripe or not; one that is not is left out.
    """
    pairs = {}
    for name, known in series.items():
        of_month = {figure.period_start: figure for figure in known if figure.is_ripe(as_of)}
        if name in catalogue and month in of_month and before in of_month:
            pairs[name] = (of_month[before], of_month[month])
    found = changes.sure(pairs)
    st.markdown(f"**{t('changes.title', month=formats.month(before))}**", help=t("changes.help"))
    if not pairs:
        st.caption(t("changes.nothing"))
    elif not found:
        st.caption(counted("changes.none", len(pairs), count=formats.number(len(pairs))))
    for change in found[:SHOWN_AT_MOST]:
        _line(catalogue[change.metric], change, currency)
    if (more := len(found) - SHOWN_AT_MOST) > 0:
        st.caption(counted("changes.more", more, count=formats.number(more)))


def _line(metric: Metric, change: Change, currency: str | None) -> None:
    before = figures.write(metric, change.before.value, currency)
    now = figures.write(metric, change.now.value, currency)
    low, high = (_difference(metric, end, currency) for end in (change.low, change.high))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.page_link(
            METRICS,
            label=literal(figures.label(metric)),
            icon=":material/query_stats:",
            query_params={"metric": metric.metric},
        )
        st.markdown(f"{literal(before)} → **{literal(now)}**")
        st.markdown(_verdict(metric, change.difference))
        st.caption(t("changes.interval", low=literal(low), high=literal(high)))


def _difference(metric: Metric, value: float, currency: str | None) -> str:
    if metric.unit == "rate":
        return formats.points(value)
    sign = "+" if value > 0 else ""
    return sign + figures.write(metric, value, currency)


def _verdict(metric: Metric, difference: float) -> Markup:
    if metric.direction not in {"higher", "lower"}:
        return tables.neutral(t("changes.other"))
    is_better = (difference > 0) == (metric.direction == "higher")
    return tables.badge(t("changes.better" if is_better else "changes.worse"), is_well=is_better)
