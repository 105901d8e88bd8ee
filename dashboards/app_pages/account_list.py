"""Accounts: which of them need somebody, as a table to sort and filter, and one of them in full."""

from __future__ import annotations

import streamlit as st

from dashboards import warehouse
from dashboards.components import account_table, account_view, filters, states
from dashboards.i18n import counted, formats, t
from dashboards.queries import accounts

ALL, PAYING, LEFT, NEVER = "all", "paying", "left", "never"
HEALTH = ("at_risk", "watch", "good", "unknown")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
everyone = accounts.listed(path)
if not everyone:
    states.empty(t("accounts.empty"))
    st.stop()

opened = account_table.opened()
known = {row["account_id"]: row for row in everyone}
if opened and opened not in known:
    st.warning(t("accounts.gone"), icon=":material/domain_disabled:")
if opened in known:
    st.button(
        t("accounts.back"),
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=account_table.close,
    )
    account_view.show(publication, known[opened])
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    kind = filters.one_of(
        "customers",
        t("accounts.kind"),
        (PAYING, LEFT, NEVER, ALL),
        lambda code: t(f"accounts.kind.{code}"),
    )
    health = filters.some_of(
        "health",
        t("accounts.health"),
        HEALTH,
        lambda code: t("metrics.unknown") if code == "unknown" else t(f"health_status.{code}"),
        help=t("accounts.health.help"),
    )
    plans = sorted({row["plan_name"] for row in everyone if row["plan_name"]})
    with st.container(width=180):
        plan = filters.one_of_many(
            "plan",
            t("account.plan"),
            [ALL, *plans],
            lambda code: t("accounts.plan.all") if code == ALL else code,
        )
    owners = sorted({row["owner_name"] for row in everyone if row["owner_name"]})
    with st.container(width=200):
        owner = filters.one_of_many(
            "owner",
            t("account.owner"),
            [ALL, *owners],
            lambda code: t("accounts.owner.all") if code == ALL else code,
        )
text = filters.search(
    "q", t("accounts.search"), placeholder=t("accounts.search.placeholder"), on_change=lambda: None
)


def is_of_kind(row: dict[str, object]) -> bool:
    """Return whether an account pays, has left, or never paid, as it was asked for."""
    if kind == ALL:
        return True
    if row["is_paying"]:
        return kind == PAYING
    return kind == (LEFT if row["customer_since"] else NEVER)


shown = [
    row
    for row in everyone
    if is_of_kind(row)
    and (row["health_status"] or "unknown") in health
    and plan in {ALL, row["plan_name"]}
    and owner in {ALL, row["owner_name"]}
    and text.casefold() in (row["account_name"] or "").casefold()
]
st.caption(
    counted("accounts.count", len(shown), count=formats.number(len(shown)))
    + " "
    + t("accounts.hint")
)
account_table.show(shown, publication.time_zone)
