"""Small tables and verdicts, written in the reader's language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from dashboards.components import states
from dashboards.components.markup import literal
from dashboards.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence

_BADGE = re.compile(r"^:(green|orange)-badge\[")


def badge(text: str, *, is_well: bool) -> str:
    """Return a word in a coloured field, with a sign for those who do not see the colour."""
    if is_well:
        return f":green-badge[:material/check: {text}]"
    return f":orange-badge[:material/flag: {text}]"


def neutral(text: str) -> str:
    """Return a word in a field of no colour: there is nothing to judge."""
    return f":gray-badge[{text}]"


def plain(rows: Sequence[dict[str, str]], *, text: str, empty: str) -> None:
    """Show rows of text; what came from outside is shown as it is, not as markup.

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


def newest(rows: Sequence[dict[str, str]], *, limit: int, text: str, empty: str) -> None:
    """Show the newest rows of text, and say so where there are more."""
    plain(rows[:limit], text=text, empty=empty)
    if len(rows) > limit:
        st.caption(t("customer.newest", count=limit))


def _as_written(value: str) -> str:
    return value if _BADGE.match(value) else literal(value)


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
        st.caption(f"{sign} {text}")
