"""Key figures: a card with value, change, trend, target and confidence interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboards.i18n import counted, formats, labelled, t
from explore.metrics import FEWEST_CASES

if TYPE_CHECKING:
    from datetime import date

    from dashboards.queries.metrics import Metric
    from explore.metrics import Figure

# amounts of money from here on are told without cents
WHOLE_FROM = 100
DELTA_COLORS: dict[str, Literal["normal", "inverse", "off"]] = {
    "higher": "normal",
    "lower": "inverse",
    "neutral": "off",
}


def write(metric: Metric, value: float | None, currency: str | None) -> str:
    """Return a value as its unit is written."""
    if metric.unit == "money":
        # of what a contact or a click costs, cents matter
        is_small = value is not None and 0 < abs(value) < WHOLE_FROM
        return formats.money(value, currency, 2 if is_small else 0)
    if metric.unit == "rate":
        return formats.percent(value)
    if metric.unit == "seconds":
        return formats.duration(value)
    return formats.number(value, 2 if metric.unit == "decimal" else 0)


def explain(metric: Metric) -> str:
    """Return the help text: what the catalogue says the figure means."""
    definition = labelled(metric.words, "definition")
    return f"{definition}\n\n{t('figure.formula')}: `{metric.formula}`"


def label(metric: Metric) -> str:
    """Return the metric's name."""
    return labelled(metric.words)


def card(
    metric: Metric,
    *,
    trend: list[Figure],
    every: list[Figure],
    month: date,
    before: date,
    currency: str | None,
    as_of: date,
    is_warned: bool = False,
) -> None:
    """Show one metric; a figure that is not ripe yet is neither judged nor compared.

    Args:
        metric: Its line in the catalogue.
        trend: The months of the sparkline, oldest first.
        every: All months that may be looked up.
        month: The month to show.
        before: The month to compare with.
        currency: Of amounts of money.
        as_of: The day by which a figure is ripe or not.
        is_warned: Whether a warning of *Data health* touches the figure.
    """
    by_month = {figure.period_start: figure for figure in every}
    figure, earlier = by_month.get(month), by_month.get(before)
    value = figure.value if figure else None
    ripe = [known for known in (figure, earlier) if known and known.is_ripe(as_of)]
    change = _change(metric, value, earlier.value) if earlier and figure and len(ripe) > 1 else None
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            label(metric),
            write(metric, value, currency),
            delta=change,
            delta_color=DELTA_COLORS.get(metric.direction, "off"),
            delta_description=t("figure.versus", month=formats.month(before)) if change else None,
            help=_help(metric, figure),
            chart_data=_trend(metric, [known for known in trend if known.is_ripe(as_of)]),
            chart_type="area",
        )
        st.space("stretch")
        if is_warned:
            st.caption(f":orange[:material/warning:] {t('figure.warned')}")
        _footer(metric, figure, currency, as_of)


def has_too_few(metric: Metric, figure: Figure) -> bool:
    """Return whether a figure is a share, a mean or a median of too few cases to be told."""
    is_median = metric.additivity == "quantile"
    return figure.has_too_few or (is_median and figure.sample_size < FEWEST_CASES)


def untold(metric: Metric, figure: Figure) -> None:
    """Show that a metric has too few cases to be told, and how many."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label(metric), t("metrics.too_few"), help=explain(metric))
        st.caption(f"n = {formats.number(figure.sample_size)}")


def _help(metric: Metric, figure: Figure | None) -> str:
    has_interval = figure is not None and figure.interval is not None
    return f"{explain(metric)}\n\n{t('figure.interval.help')}" if has_interval else explain(metric)


def _trend(metric: Metric, series: list[Figure]) -> list[float] | None:
    values = [figure.value for figure in series]
    scale, digits = (100, 2) if metric.unit == "rate" else (1, 1)
    trend = [round(scale * value, digits) for value in values if value is not None]
    return trend if len(trend) > 1 else None


def _change(metric: Metric, value: float | None, earlier: float | None) -> str | int | None:
    if value is None or earlier is None:
        return None
    if metric.unit == "rate":
        text, is_zero = formats.points(value - earlier), round(value - earlier, 3) == 0
    elif metric.unit == "seconds":
        text, is_zero = formats.duration(value - earlier), round(value - earlier) == 0
    elif earlier == 0:
        text, is_zero = formats.number(value - earlier), value == earlier
    else:
        share = value / earlier - 1
        text, is_zero = formats.percent(share), round(share, 3) == 0
    # Streamlit colours by the sign; only a plain zero is shown as no change
    return 0 if is_zero else text


def _footer(metric: Metric, figure: Figure | None, currency: str | None, as_of: date) -> None:
    if figure is None:
        return
    if not figure.is_ripe(as_of):
        day = formats.day(figure.ripe_from)
        st.badge(t("figure.unripe", day=day), color="gray", help=t("figure.unripe.help"))
    elif metric.target is not None and (value := figure.value) is not None:
        is_met = value >= metric.target if metric.direction == "higher" else value <= metric.target
        kind = "met" if is_met else "missed"
        badge = "green-badge[:material/check:" if is_met else "orange-badge[:material/flag:"
        sign = "≥" if metric.direction == "higher" else "≤"
        aim = t("figure.target", sign=sign, value=write(metric, metric.target, currency))
        st.markdown(f":{badge} {aim} · {t(f'figure.target.{kind}')}]")
    if interval := figure.interval:
        low, high = (write(metric, bound, currency) for bound in interval)
        st.caption(t("figure.interval", low=low, high=high, n=formats.number(figure.sample_size)))
    elif figure.population_size and figure.sample_size < figure.population_size:
        st.caption(
            counted(
                "figure.speaks_for",
                figure.population_size,
                n=formats.number(figure.sample_size),
                all=formats.number(figure.population_size),
            )
        )
