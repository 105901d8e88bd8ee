"""Lists of records behind a figure: a row leads to the person, all of it to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboards.components import download, person, states
from dashboards.components.markup import VALUE_LENGTH, short, visible
from dashboards.i18n import KEY, formats, language, t

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW_HEIGHT, BORDER = 35, 3
ROWS_SEEN = 12
LETTER, MARGIN, WIDEST = 7, 20, 520


def link(customer_id: str | None) -> str | None:
    """Return the address of a person's page in the language of this session."""
    if customer_id is None:
        return None
    return f"customer-profile?{urlencode({person.KEY: customer_id, KEY: language()})}"


def who(row: dict[str, Any]) -> str:
    """Return what a person is called, and that one is not known."""
    return person.name(row) if row["customer_id"] else t("unknown")


def _width(heading: str, rows: Sequence[dict[str, Any]]) -> int:
    """Return how wide a column of text must be in pixels, so that short texts are not cut."""
    longest = max(len(str(text)) for text in [heading, *(row[heading] for row in rows)])
    return min(LETTER * longest + MARGIN, WIDEST)


def show(rows: Sequence[dict[str, Any]], *, at_most: int, name: str, text: str, empty: str) -> None:
    """Show records, the link to the person first, and offer them as a file.

    Args:
        rows: All with the same keys, which are the headings; ``records.link`` under the key ``link``.
        at_most: How many are shown; where there are more, the list says so.
        name: Of the file.
        text: What the list shows, for those who cannot see it.
        empty: What to say without rows.
    """
    if not rows:
        states.empty(empty)
        return
    shown = [
        {
            heading: short(visible(value), VALUE_LENGTH) if isinstance(value, str) else value
            for heading, value in row.items()
        }
        for row in rows[:at_most]
    ]
    st.dataframe(
        pd.DataFrame(shown),
        hide_index=True,
        height="content" if len(shown) <= ROWS_SEEN else ROW_HEIGHT * (ROWS_SEEN + 1) + BORDER,
        placeholder=formats.NONE,
        column_config={
            **{
                heading: st.column_config.TextColumn(width=_width(heading, shown))
                for heading in shown[0]
                if heading != "link"
            },
            "link": st.column_config.LinkColumn(
                t("records.person"), display_text=t("records.open"), width="small", pinned=True
            ),
        },
        alt=text,
    )
    if len(rows) > at_most:
        st.caption(t("records.more", limit=formats.number(at_most)))
    download.csv(name, [{k: v for k, v in row.items() if k != "link"} for row in shown])
