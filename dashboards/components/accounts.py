"""Accounts as lines of a list: name, plan and what they pay, with the way to a person of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import person
from dashboards.components.markup import literal
from dashboards.i18n import formats, t

if TYPE_CHECKING:
    from collections.abc import Mapping


def line(account: Mapping[str, Any], *, note: str = "") -> None:
    """Show an account.

    Args:
        account: Its ``account_name``, ``plan_name``, ``mrr_amount``, ``currency_code``, and ``customer_id`` of a
            person known by name, if any.
        note: What is said of it besides, as Markdown.
    """
    called = literal(account["account_name"] or t("drivers.unnamed"))
    pays = formats.money(account["mrr_amount"], account["currency_code"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if account["customer_id"]:
            st.page_link(
                "app_pages/customer_profile.py",
                label=called,
                icon=":material/person_search:",
                query_params={person.KEY: account["customer_id"]},
            )
        else:
            st.markdown(called)
        st.caption(f"{literal(account['plan_name'] or formats.NONE)} · {pays}{note}")
