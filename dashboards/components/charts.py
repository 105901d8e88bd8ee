"""Altair charts in the theme's colours, with labels in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboards.i18n import formats, t
from explore import intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

# readable on white and on near-black alike
GAIN, LOSS, MAIN, MUTED = "#3E9E78", "#D4705F", "#2F939E", "#8A9A9E"
ROW_HEIGHT = 34
# a chart's own width in pixels, below which what stands side by side would overlap
NARROW = 380
AXIS_HEIGHT = 80
TICKS = 6
# of a number beside a point, in pixels: on a phone, and elsewhere
LETTER_WIDTHS = 5.4, 6.5
# wider maps leave no room for a number in each cell
MONTHS_WITH_TEXT = 24


def show(chart: alt.Chart | alt.LayerChart | alt.FacetChart, text: str) -> None:
    """Draw a chart.

    Args:
        chart: The chart.
        text: What it shows, for those who cannot see it.
    """
    st.altair_chart(chart.configure(locale=formats.locale()), alt=text)


def steps(rows: Sequence[dict[str, Any]], *, value_title: str, text: str) -> None:
    """Draw a value that holds until the next one is said.

    Args:
        rows: With ``moment`` (local time), ``value``, ``shown`` and ``published`` (as text).
        value_title: Title of the value axis.
        text: What the chart shows, for those who cannot see it.
    """
    frame = pd.DataFrame(rows)
    frame["moment"] = [moment.replace(tzinfo=None) for moment in frame["moment"]]
    span = frame["moment"].max() - frame["moment"].min()
    chart = (
        alt.Chart(frame)
        .mark_line(interpolate="step-after", color=MAIN, point=True)
        .encode(
            x=alt.X(
                "moment:T",
                title=None,
                axis=alt.Axis(format=formats.axis_pattern(span), tickCount=TICKS),
            ),
            y=alt.Y("value:Q", title=value_title, scale=alt.Scale(zero=False, padding=12)),
            tooltip=[
                alt.Tooltip("published:N", title=t("known.published")),
                alt.Tooltip("shown:N", title=value_title),
            ],
        )
        .properties(height=220)
    )
    show(chart, text)


@dataclass(frozen=True)
class Share:
    """How many of the cases of a group were hits."""

    name: str
    hits: int
    cases: int


def shares(
    groups: Sequence[Share],
    *,
    text: str,
    value_title: str,
    reference: float | None = None,
    color: str = MAIN,
) -> None:
    """Draw shares as points with their 95 % intervals, one line per group.

    Args:
        groups: In the order to draw; those without cases are left out.
        text: What the chart shows, for those who cannot see it.
        value_title: Title of the value axis.
        reference: A share to compare with, drawn as a dashed line.
        color: Of points and intervals.
    """
    rows = [_share_row(group) for group in groups if group.cases]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=[row["name"] for row in rows],
            axis=alt.Axis(labelLimit=260, labelFlush=False, ticks=False, domain=False),
        ),
        tooltip=[
            alt.Tooltip("name:N", title=t("axis.group")),
            alt.Tooltip("shown:N", title=value_title),
            alt.Tooltip("cases:N", title=t("axis.cases")),
        ],
    )
    highest = max(row["high"] for row in rows)
    room = max(len(row["label"]) for row in rows)
    axis = alt.X(
        "low:Q",
        title=value_title,
        scale=alt.Scale(domainMin=0, domainMax=_beside(highest, room), nice=False),
        axis=alt.Axis(format=".0%", values=_ticks(highest), labelOverlap="parity"),
    )
    layers = [
        base.mark_rule(strokeWidth=3, opacity=0.45, color=color, strokeCap="round").encode(
            x=axis, x2="high:Q"
        ),
        base.mark_point(filled=True, size=90, opacity=1, color=color).encode(x="share:Q"),
        base.mark_text(
            align="right", color=MUTED, fontSize=alt.expr(f"width < {NARROW} ? 10 : 12")
        ).encode(x=alt.value("width"), text="label:N"),
    ]
    if reference is not None:
        line = alt.Chart(pd.DataFrame([{"reference": reference}]))
        layers.insert(0, line.mark_rule(strokeDash=[4, 4], color=MUTED).encode(x="reference:Q"))
    show(alt.layer(*layers).properties(height=ROW_HEIGHT * len(rows) + AXIS_HEIGHT), text)


def _beside(highest: float, letters: int) -> alt.expr:
    """Return where an axis ends, so that numbers of so many letters stand beside the highest."""
    pixels = f"{letters} * (width < {NARROW} ? {LETTER_WIDTHS[0]} : {LETTER_WIDTHS[1]})"
    # however narrow the chart, half of it is for the shares
    return alt.expr(f"{highest} * width / max(width - {pixels}, width / 2)")


def _share_row(group: Share) -> dict[str, Any]:
    share = group.hits / group.cases
    low, high = intervals.wilson(group.hits, group.cases) or (share, share)
    cases = formats.number(group.cases)
    return {
        "name": group.name,
        "share": share,
        "low": low,
        "high": high,
        "label": t("share.label", share=formats.percent(share), n=cases),
        "shown": t(
            "share.shown",
            share=formats.percent(share),
            low=formats.percent(low),
            high=formats.percent(high),
        ),
        "cases": t("share.cases", hits=formats.number(group.hits), n=cases),
    }


def _ticks(highest: float) -> list[float]:
    """Return round ticks up to the highest share, so that none lies under the numbers beside."""
    step = next((size for size in (0.01, 0.02, 0.05, 0.1) if highest / size <= TICKS), 0.2)
    return [round(step * index, 2) for index in range(int(min(1.0, highest) / step + 1e-9) + 1)]


def funnel(rows: Sequence[dict[str, Any]], *, text: str, value_title: str) -> None:
    """Draw the phases as bars, the first on top.

    Args:
        rows: With ``name``, ``value`` and ``shown`` (the value as text), in order.
        text: What the chart shows, for those who cannot see it.
        value_title: Title of the value axis.
    """
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=[row["name"] for row in rows],
            axis=alt.Axis(
                labelLimit=200, labelFlush=False, ticks=False, domain=False, labelFontSize=13
            ),
        ),
        tooltip=[
            alt.Tooltip("name:N", title=t("axis.phase")),
            alt.Tooltip("shown:N", title=value_title),
        ],
    )
    highest = max(row["value"] for row in rows) or 1
    bars = base.mark_bar(cornerRadius=4, height={"band": 0.7}, color=MAIN).encode(
        x=alt.X(
            "value:Q",
            title=None,
            axis=None,
            scale=alt.Scale(domain=[0, highest * 1.15]),
        )
    )
    labels = base.mark_text(align="left", dx=8, fontSize=13, color=MUTED).encode(
        x="value:Q", text="shown:N"
    )
    show(alt.layer(bars, labels).properties(height=64 * len(rows) + 20), text)


def cohort_map(
    rows: Sequence[dict[str, Any]], *, cohorts: Sequence[str], text: str, title: str
) -> None:
    """Draw a heat map of cohorts over the months since their first payment.

    Args:
        rows: With ``cohort``, ``months_since``, ``share``, ``shown`` and ``cases``.
        cohorts: The cohorts in order, as text.
        text: What the chart shows, for those who cannot see it.
        title: What the colour means.
    """
    data = pd.DataFrame(rows)
    widest = int(data["months_since"].max())
    base = alt.Chart(data).encode(
        x=alt.X(
            "months_since:O",
            title=t("axis.months_since"),
            axis=alt.Axis(labelAngle=0, orient="top", ticks=False, domain=False),
        ),
        y=alt.Y(
            "cohort:O",
            title=None,
            sort=list(cohorts),
            axis=alt.Axis(labelFlush=False, ticks=False, domain=False, labelLimit=180),
        ),
        tooltip=[
            alt.Tooltip("cohort:N", title=t("axis.cohort")),
            alt.Tooltip("months_since:Q", title=t("axis.months_since")),
            alt.Tooltip("shown:N", title=title),
            alt.Tooltip("cases:N", title=t("axis.cases")),
        ],
    )
    cells = base.mark_rect(cornerRadius=3, stroke="transparent", strokeWidth=2).encode(
        color=alt.Color(
            "share:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1], clamp=True),
            legend=alt.Legend(format=".0%", orient="right", gradientLength=160, tickCount=3),
        )
    )
    layers: list[alt.Chart] = [cells]
    if widest <= MONTHS_WITH_TEXT:
        strong = st.context.theme.type == "dark"
        layers.append(
            # on a phone the colour says it, and a touch tells the number
            base.mark_text(fontSize=alt.expr(f"width < {NARROW} ? 0 : 11")).encode(
                text="short:N",
                color=alt.condition(
                    "datum.share > 0.55",
                    alt.value("#10181B" if strong else "#FFFFFF"),
                    alt.value("#E2EAEB" if strong else "#1B2B30"),
                ),
            )
        )
    show(alt.layer(*layers).properties(height=24 * len(cohorts) + 60), text)


def dots_in_time(rows: Sequence[dict[str, Any]], *, lanes: Sequence[str], text: str) -> None:
    """Draw touchpoints as dots in time, one lane per channel.

    Args:
        rows: With ``at`` (local time), ``lane``, ``what`` and ``when`` (as text).
        lanes: The lanes in order.
        text: What the chart shows, for those who cannot see it.
    """
    first, last = min(row["at"] for row in rows), max(row["at"] for row in rows)
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_circle(size=70, opacity=0.65)
        .encode(
            x=alt.X(
                "at:T",
                title=None,
                axis=alt.Axis(format=formats.axis_pattern(last - first), labelAngle=0, tickCount=6),
            ),
            y=alt.Y(
                "lane:N",
                title=None,
                sort=list(lanes),
                axis=alt.Axis(
                    labelFlush=False, ticks=False, domain=False, grid=True, labelLimit=180
                ),
            ),
            color=alt.Color("lane:N", legend=None, sort=list(lanes)),
            tooltip=[
                alt.Tooltip("when:N", title=t("timeline.when")),
                alt.Tooltip("what:N", title=t("timeline.what")),
                alt.Tooltip("lane:N", title=t("timeline.channel")),
            ],
        )
        .properties(height=34 * len(lanes) + 40)
    )
    show(chart, text)
