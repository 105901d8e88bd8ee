"""Small tables and verdicts, written in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboards.components import states
from dashboards.components.markup import VALUE_LENGTH, Markup, literal
from dashboards.i18n import t
from dashboards.i18n.writing import NO_BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence


def badge(text: str, *, is_well: bool) -> Markup:
    """Return a word in a coloured field, with a sign for those who do not see the colour."""
    sign = "green-badge[:material/check:" if is_well else "orange-badge[:material/flag:"
    return Markup(f":{sign} {literal(text)}]")


def neutral(text: str) -> Markup:
    """Return a word in a field of no colour: there is nothing to judge."""
    return Markup(f":gray-badge[{literal(text)}]")


def unbroken(text: str) -> Markup:
    """Return a short text that stays on one line, such as a moment: a phone's column is narrow."""
    return Markup(literal(text).replace(" ", NO_BREAK))


def plain(rows: Sequence[dict[str, str]], *, text: str, empty: str) -> None:
    """Show rows of text; all but markup of our own is shown as it is.

    Args:
        rows: All with the same keys, which are the headings.
        text: What the table shows, for those who cannot see it.
        empty: What to say without rows.
    """
    if not rows:
        states.empty(empty)
        return
    shown = [{key: _as_written(value) for key, value in row.items()} for row in rows]
    st.table(pd.DataFrame(shown), border="horizontal", hide_index=True, alt=text)
    if whole := [value for row in rows for value in row.values() if len(value) > VALUE_LENGTH]:
        states.whole(whole)


def newest(rows: Sequence[dict[str, str]], *, limit: int, text: str, empty: str) -> None:
    """Show the newest rows of text, and say so where there are more."""
    plain(rows[:limit], text=text, empty=empty)
    if len(rows) > limit:
        st.caption(t("customer.newest", count=limit))


def _as_written(value: str) -> str:
    return value if isinstance(value, Markup) else literal(value)


def verdict(
    label: str,
    value: str,
    *,
    is_well: bool,
    text: str,
    help: str,  # noqa: A002 - Streamlit's word for it
) -> None:
    """Show one answer to "is it well?" as a card."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(label, value, help=help)
        sign = ":green[:material/check_circle:]" if is_well else ":orange[:material/flag:]"
        st.caption(f"{sign} {literal(text)}")
