"""The ranked picture of what affects retention: adjusted differences beside plain ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from dashboards.components.charts import AXIS_HEIGHT, GAIN, MUTED, show
from dashboards.components.driver_words import label
from dashboards.i18n import formats, t

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROW_HEIGHT, NAME_ABOVE = 46, 15


def draw(path: str, rows: Sequence[Mapping[str, Any]], days: str) -> None:
    """Draw each candidate as a dot with its interval, and a ring where the plain difference is.

    Args:
        path: The publication.
        rows: Findings with an effect, in the order to draw.
        days: After how many days, as text, an account counts as retained.
    """
    drawn = [_row(path, row) for row in rows]
    # names decide the line: two of one name would share it
    called = [row["name"] for row in drawn]
    base = alt.Chart(pd.DataFrame(drawn)).encode(
        y=alt.Y(
            "name:N",
            title=None,
            sort=called,
            # beside the lines, names would leave them no room on a phone
            axis=None,
        ),
        tooltip=[
            alt.Tooltip("name:N", title=t("drivers.chart.candidate")),
            alt.Tooltip("adjusted:N", title=t("drivers.chart.adjusted")),
            alt.Tooltip("unadjusted:N", title=t("drivers.chart.plain")),
            alt.Tooltip("verdict:N", title=t("drivers.chart.verdict")),
        ],
    )
    axis = alt.X(
        "low:Q",
        title=t("drivers.chart.axis"),
        axis=alt.Axis(format="d", labelOverlap="parity"),
    )
    color = alt.Color("color:N", scale=None, legend=None)
    nothing = alt.Chart(pd.DataFrame([{"zero": 0}]))
    chart = alt.layer(
        base.mark_text(align="left", dy=-NAME_ABOVE, color=MUTED, fontSize=12).encode(
            x=alt.value(0), text="name:N"
        ),
        nothing.mark_rule(strokeDash=[4, 4], color=MUTED).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=3, opacity=0.5, strokeCap="round").encode(
            x=axis, x2="high:Q", color=color
        ),
        base.mark_point(size=70, opacity=0.9, color=MUTED, strokeWidth=1.5).encode(x="plain:Q"),
        base.mark_point(filled=True, size=90, opacity=1).encode(x="effect:Q", color=color),
    )
    show(
        chart.properties(height=ROW_HEIGHT * len(drawn) + AXIS_HEIGHT),
        t("drivers.chart.alt", days=days, names=", ".join(called)),
    )


def _row(path: str, row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = formats.points(row["effect_low"]), formats.points(row["effect_high"])
    return {
        "name": label(path, row),
        "effect": 100 * row["effect"],
        "low": 100 * row["effect_low"],
        "high": 100 * row["effect_high"],
        "plain": 100 * row["unadjusted_effect"],
        "adjusted": f"{formats.points(row['effect'])} ({low} – {high})",
        "unadjusted": formats.points(row["unadjusted_effect"]),
        "verdict": t(f"drivers.status.{row['status']}"),
        "color": GAIN if row["status"] == "found" else MUTED,
    }
