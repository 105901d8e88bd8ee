"""The flow of journeys from step to step. It uses Plotly because Altair cannot draw a Sankey diagram."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import streamlit as st

from dashboards.components.markup import visible
from dashboards.i18n import formats

if TYPE_CHECKING:
    from collections.abc import Sequence

PHASE_COLORS = {
    "awareness": "#4E86C6",
    "consideration": "#7459A6",
    "purchase": "#D9963A",
    "retention": "#2F939E",
    "advocacy": "#C2608A",
}
# from the top: who gives up does so early, where the flow is still high
OUTCOME_COLORS = {
    "abandoned": "#D4705F",
    "open": "#8A9A9E",
    "converted": "#3E9E78",
    "resolved": "#3E9E78",
}
FALLBACK = "#8A9A9E"
PAD = 18
TOP, BOTTOM = 36, 12
LOWEST_HEIGHT, HEIGHT_PER_NODE = 430, 62

# on a phone the names would lie over each other: there the chart keeps its width and is moved sideways
WIDE = "wide_flow"
SCROLLED = f"""
<style>
@media (max-width: 640px) {{
    .st-key-{WIDE} {{ overflow-x: auto; }}
    .st-key-{WIDE} [data-testid="stElementContainer"]:has([data-testid="stPlotlyChart"]) {{ min-width: 760px; }}
}}
</style>
"""


class Flow:
    """Collects nodes and links, then draws them."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, str], int] = {}
        self._labels: list[str] = []
        self._colors: list[str] = []
        self._columns: list[int] = []
        self._orders: list[int] = []
        self._links: list[tuple[int, int, int, str]] = []

    def node(self, column: int, code: str, label: str, color: str, order: int) -> tuple[int, str]:
        """Add a node once and return its key.

        Args:
            column: Its column, the first is 0.
            code: What it stands for, once in a column.
            label: Its name.
            color: Its colour.
            order: Its place in the column, the lowest number is on top.
        """
        key = (column, code)
        if key not in self._nodes:
            self._nodes[key] = len(self._labels)
            self._labels.append(label)
            self._colors.append(color)
            self._columns.append(column)
            self._orders.append(order)
        return key

    def link(self, begin: tuple[int, str], end: tuple[int, str], value: int, shown: str) -> None:
        """Add a flow between two nodes."""
        self._links.append((self._nodes[begin], self._nodes[end], value, shown))

    def draw(self, *, headings: Sequence[str], text: str, dark: bool) -> None:
        """Draw it.

        Args:
            headings: What stands above each column.
            text: What the chart shows, for those who cannot see it.
            dark: Whether it is drawn on a dark ground.
        """
        last = max(self._columns) or 1
        totals = self._totals()
        most = max(self._columns.count(column) for column in set(self._columns))
        height = max(LOWEST_HEIGHT, HEIGHT_PER_NODE * most)
        ink = "#E2EAEB" if dark else "#1B2B30"
        figure = go.Figure(
            go.Sankey(
                arrangement="fixed",
                node={
                    "label": [
                        # the library reads HTML in its labels
                        f"{escape(visible(label))} · {formats.number(total)}"
                        for label, total in zip(self._labels, totals, strict=True)
                    ],
                    "color": self._colors,
                    "x": [0.001 + 0.998 * column / last for column in self._columns],
                    "y": _heights(self._columns, self._orders, totals, height),
                    "pad": PAD,
                    "thickness": 14,
                    "line": {"width": 0},
                    "hovertemplate": "%{label}<extra></extra>",
                },
                link={
                    "source": [link[0] for link in self._links],
                    "target": [link[1] for link in self._links],
                    "value": [link[2] for link in self._links],
                    "customdata": [link[3] for link in self._links],
                    "color": [_faded(self._colors[link[1]]) for link in self._links],
                    "hovertemplate": (
                        "%{source.label} → %{target.label}<br>%{customdata}<extra></extra>"
                    ),
                },
                textfont={"color": ink, "size": 12},
            )
        )
        for column, heading in enumerate(headings):
            place = column / last
            figure.add_annotation(
                x=place,
                y=1,
                yshift=26,
                xref="paper",
                yref="paper",
                xanchor="left" if column < last else "right",
                text=heading,
                showarrow=False,
                font={"color": FALLBACK, "size": 12},
            )
        figure.update_layout(
            height=height + TOP + BOTTOM, margin={"l": 4, "r": 4, "t": TOP, "b": BOTTOM}
        )
        with st.container(key=WIDE):
            st.html(SCROLLED)
            st.plotly_chart(figure, alt=text, config={"displayModeBar": False})

    def _totals(self) -> list[int]:
        inward, outward = [0] * len(self._labels), [0] * len(self._labels)
        for begin, end, value, _shown in self._links:
            outward[begin] += value
            inward[end] += value
        return [max(pair) for pair in zip(inward, outward, strict=True)]


def _heights(
    columns: Sequence[int], orders: Sequence[int], totals: Sequence[int], height: int
) -> list[float]:
    """Place the middle of each node, from the top of its column down, as shares of the height.

    The library only moves nodes apart; left to itself, it lets the lowest run out of the picture.
    """
    members: dict[int, list[int]] = {}
    for index in sorted(range(len(columns)), key=lambda index: orders[index]):
        members.setdefault(columns[index], []).append(index)
    scale = min(
        (height - PAD * (len(column) - 1)) / (sum(totals[index] for index in column) or 1)
        for column in members.values()
    )
    middles = [0.0] * len(columns)
    for column in members.values():
        above = 0.0
        for index in column:
            thickness = totals[index] * scale
            middles[index] = min(0.999, max(0.001, (above + thickness / 2) / height))
            above += thickness + PAD
    return middles


def _faded(color: str) -> str:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.32)"
