"""A map of two dimensions: a figure in each cell, darker where it is higher; a cell opens what is behind.

The chosen cell stands in the address by its codes, as other choices do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboards.i18n import formats, t

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from explore.metrics import Figure

KEY = "cell"
LETTER, MARGIN = 7, 20
GRID = "heat_grid"
# of the accent, over whatever the theme's background is
TINT, DARKEST = "47, 147, 158", 0.6
Place = tuple[str, str]


def chosen() -> Place | None:
    """Return the row and column of the cell that the address names."""
    row, mark, column = (st.query_params.get(KEY) or "").partition("~")
    return (row, column) if mark else None


def show(
    cells: Mapping[Place, Figure],
    *,
    rows: Mapping[str, str],
    columns: Mapping[str, str],
    corner: str,
    write: Callable[[Figure], str],
    as_of: date,
    text: str,
    opens: bool = True,
) -> None:
    """Show the map; a click on a cell writes it into the address.

    Args:
        cells: By the codes of row and column.
        rows: Names by code, in the order to show.
        columns: The same of columns.
        corner: What rows are.
        write: How the value of a figure is written.
        as_of: The day by which a figure is ripe or not.
        text: What the map shows, for those who cannot see it.
        opens: Whether a cell opens what is behind it.
    """
    written = pd.DataFrame(
        {
            name: [
                _told(cells.get((row, column)), write, as_of) for row in rows
            ]
            for column, name in columns.items()
        },
        index=pd.Index(list(rows.values()), name=corner),
    )  # fmt: skip
    colours = pd.DataFrame(
        tints(cells, list(rows), list(columns), as_of),
        index=written.index,
        columns=written.columns,
    )
    st.dataframe(
        written.style.apply(lambda _: colours, axis=None),
        key=GRID,
        height="content",
        column_config={
            name: st.column_config.TextColumn(
                alignment="right",
                # the grid measures German numbers too narrow, and would cut them
                width=LETTER * max(map(len, [name, *written[name]])) + MARGIN,
            )
            for name in columns.values()
        },
        on_select=(lambda: _choose(list(rows), {name: code for code, name in columns.items()}))
        if opens
        else "ignore",
        selection_mode="single-cell",
        alt=text,
    )


def _told(figure: Figure | None, write: Callable[[Figure], str], as_of: date) -> str:
    """Return a figure as a cell says it: with its cases, a mark where it can still change."""
    if figure is None:
        return ""
    if figure.has_too_few:
        return t("metrics.too_few")
    value = write(figure)
    if figure.denominator is not None:
        value = t("steps.cell", value=value, n=formats.number(figure.sample_size))
    return value if figure.is_ripe(as_of) else f"{value} *"


def _choose(rows: Sequence[str], columns: Mapping[str, str]) -> None:
    picked = st.session_state[GRID]["selection"]["cells"]
    if picked and picked[0][1] in columns:
        row, column = picked[0]
        st.query_params[KEY] = f"{rows[row]}~{columns[column]}"
    else:
        st.query_params.pop(KEY, None)


def tints(
    cells: Mapping[Place, Figure], rows: Sequence[str], columns: Sequence[str], as_of: date
) -> list[list[str]]:
    """Return the colour of each cell; totals, and what cannot be judged, have none."""

    def judged(row: str, column: str) -> float | None:
        figure = cells.get((row, column))
        if figure is None or "all" in (row, column):
            return None
        return None if figure.has_too_few or not figure.is_ripe(as_of) else figure.value

    told = [
        value for row in rows for column in columns if (value := judged(row, column)) is not None
    ]
    low, high = min(told, default=0.0), max(told, default=0.0)

    def tint(value: float | None) -> str:
        if value is None or low == high:
            return ""
        share = DARKEST * (value - low) / (high - low)
        return f"background-color: rgba({TINT}, {share:.2f})"

    return [[tint(judged(row, column)) for column in columns] for row in rows]
