"""Charts over months: bars, stacked bars and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from dashboards.components.charts import MAIN, show
from dashboards.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence

LEGEND_LETTERS = 56


def stacked_months(
    rows: Sequence[dict[str, Any]],
    *,
    months: Sequence[str],
    series: Sequence[str],
    colors: Sequence[str] | None,
    text: str,
    value_title: str,
) -> None:
    """Draw bars stacked by series, one per month.

    Args:
        rows: With ``month``, ``series``, ``value`` and ``shown`` (the value as text).
        months: The months in order, as text.
        series: The series in order.
        colors: One for each series; None for the theme's.
        text: What the chart shows, for those who cannot see it.
        value_title: Title of the value axis.
    """
    domain = list(series)
    scale = alt.Scale(domain=domain, range=list(colors)) if colors else alt.Scale(domain=domain)
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(cornerRadius=2)
        .encode(
            x=_month_axis(months),
            y=alt.Y("value:Q", title=value_title, axis=alt.Axis(format=",.0f", tickCount=5)),
            color=alt.Color(
                "series:N",
                title=None,
                scale=scale,
                legend=alt.Legend(orient="bottom", columns=_columns(series), labelLimit=220),
            ),
            order=alt.Order("position:Q"),
            tooltip=[
                alt.Tooltip("month:N", title=t("axis.month")),
                alt.Tooltip("series:N", title=t("axis.series")),
                alt.Tooltip("shown:N", title=value_title),
            ],
        )
        .properties(height=320)
    )
    show(chart, text)


def bars(
    rows: Sequence[dict[str, Any]], *, months: Sequence[str], text: str, value_title: str
) -> None:
    """Draw one bar per month.

    Args:
        rows: With ``month``, ``value`` and ``shown`` (the value as text).
        months: The months in order, as text.
        text: What the chart shows, for those who cannot see it.
        value_title: Title of the value axis.
    """
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(cornerRadius=2, color=MAIN, width={"band": 0.7})
        .encode(
            x=_month_axis(months),
            y=alt.Y("value:Q", title=value_title, axis=alt.Axis(format=",.0f", tickCount=4)),
            tooltip=[
                alt.Tooltip("month:N", title=t("axis.month")),
                alt.Tooltip("shown:N", title=value_title),
            ],
        )
        .properties(height=220)
    )
    show(chart, text)


def lines(
    rows: Sequence[dict[str, Any]],
    *,
    months: Sequence[str],
    series: Sequence[str],
    is_share: bool,
    text: str,
) -> None:
    """Draw a line over months for each series; a single one with its 95 % interval.

    Args:
        rows: With ``month``, ``series``, ``value``, ``low``, ``high``, ``shown`` (the value as text),
            ``cases`` and ``is_ripe``; a figure that can still change is drawn hollow.
        months: The months in order, as text.
        series: The series in order.
        is_share: Whether values are shares of one.
        text: What the chart shows, for those who cannot see it.
    """
    is_one = len(series) == 1
    axis = alt.Axis(format=".0%" if is_share else ",.6~g", tickCount=5)
    color: Any = alt.value(MAIN)
    if not is_one:
        legend = alt.Legend(orient="bottom", columns=_columns(series), labelLimit=220)
        color = alt.Color("series:N", title=None, sort=list(series), legend=legend)
    base = alt.Chart(pd.DataFrame(rows)).encode(x=_month_axis(months), color=color)
    tooltip = [
        alt.Tooltip("month:N", title=t("axis.month")),
        alt.Tooltip("series:N", title=t("axis.series")),
        alt.Tooltip("shown:N", title=t("metrics.value")),
        alt.Tooltip("cases:N", title=t("axis.cases")),
    ]
    value = alt.Y("value:Q", title=None, axis=axis, scale=alt.Scale(zero=True))
    layers = [
        base.mark_line(strokeWidth=2).encode(y=value),
        base.mark_point(size=60, opacity=1, strokeWidth=2).encode(
            y=value,
            fill=alt.condition("datum.is_ripe", color, alt.value("transparent"))
            if is_one
            else alt.value("transparent"),
            tooltip=tooltip,
        ),
    ]
    if is_one and any(row["low"] is not None for row in rows):
        band = base.mark_errorband(opacity=0.2).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
        layers.insert(0, band)
    show(alt.layer(*layers).properties(height=300), text)


def _columns(names: Sequence[str]) -> int:
    """Return in how many columns a legend fits below half a page."""
    return max(1, min(4, LEGEND_LETTERS // (max(map(len, names)) + 2)))


def _month_axis(months: Sequence[str]) -> alt.X:
    return alt.X(
        "month:O",
        title=None,
        # a month without a bar keeps its place
        scale=alt.Scale(domain=list(months)),
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy"),
    )
