"""What a page shows when there is nothing to show, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components.markup import visible
from dashboards.i18n import t

if TYPE_CHECKING:
    from collections.abc import Sequence


def nothing_published() -> None:
    """Tell a newcomer how the first figures come about."""
    with st.container(border=True):
        st.subheader(t("state.unpublished"), icon=":material/inventory_2:", anchor=False)
        st.markdown(t("state.unpublished.text"))
        st.code("make run", language="bash")
        st.caption(t("state.unpublished.health"))


def empty(text: str) -> None:
    """Say calmly that a view has no data, and what would change that."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[:material/inbox:] {text}")


def whole(texts: Sequence[str]) -> None:
    """Show texts in full that are too long for their place; they scroll in a place of their own."""
    st.caption(t("text.whole"))
    with st.container(border=True, height=160):
        for text in texts:
            st.text(visible(text))


def broken(error: Exception) -> None:
    """Say that what is published cannot be read, and what to do about it."""
    st.error(t("state.broken"), icon=":material/error:")
    st.markdown(t("state.broken.text"))
    st.code("kette doctor", language="bash")
    with st.expander(t("state.broken.detail")):
        st.text(visible(str(error).splitlines()[0]) if str(error) else type(error).__name__)
