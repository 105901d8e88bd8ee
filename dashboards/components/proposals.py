"""Proposals to review: two records side by side, what matches, what differs, and how to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import decide, person, states
from dashboards.components.markup import literal
from dashboards.i18n import formats, t
from dashboards.queries import proposals
from ingestion.control.decisions import JOIN, REJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.queries.proposals import Proposal

FIELDS = {
    proposals.PERSON: ("name", "email", "phone", "company", "city"),
    proposals.ACCOUNT: ("name", "domain", "city"),
}
COMPARED = {
    "given_name": "name",
    "surname": "name",
    "account_name": "name",
    "company_name": "company",
    "domain_name": "domain",
}
ALIKE, UNLIKE = ("same", "similar"), "different"


def show(path: str) -> None:
    """Show what waits to be decided: persons first, then companies."""
    tell_reviewed()
    for entity, heading in (
        (proposals.PERSON, t("propose.persons")),
        (proposals.ACCOUNT, t("propose.companies")),
    ):
        found = proposals.waiting(path, entity)
        st.subheader(heading, anchor=False, help=t("propose.help"))
        if not found:
            states.empty(t("propose.empty"))
            continue
        st.caption(t("propose.count", count=formats.number(len(found))))
        for each in found[: proposals.SHOWN_AT_MOST]:
            _card(each, entity)
        if len(found) > proposals.SHOWN_AT_MOST:
            st.caption(t("propose.more", count=formats.number(proposals.SHOWN_AT_MOST)))


def tell_reviewed() -> None:
    """Say in a line how many of the decided proposals were accepted."""
    found = proposals.reviewed()
    if found.precision is None or found.interval is None:
        st.caption(t("propose.reviewed.none"))
        return
    low, high = found.interval
    st.caption(
        t(
            "propose.reviewed",
            accepted=formats.number(found.accepted),
            decided=formats.number(found.accepted + found.refused),
            share=formats.percent(found.precision),
            low=formats.percent(low),
            high=formats.percent(high),
        )
    )


def _card(each: Proposal, entity: str) -> None:
    row = each.row
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(t("propose.likely", share=formats.percent(row["probability"])), color="blue")
            st.markdown(_told(row["agreement"]))
        for column, side, name in zip(
            st.columns(2), (each.one, each.other), ("left", "right"), strict=True
        ):
            with column:
                _side(side, entity, f"{name}-{row['left_value']}-{row['right_value']}")
        with st.expander(t("propose.decide")):
            decide.form(row, JOIN, REJECT)


def _side(side: Mapping[str, Any], entity: str, key: str) -> None:
    name = literal(side["name"] or side["identifier_value"])
    if entity == proposals.PERSON:
        st.button(
            f"**{name}**",
            key=f"propose-{key}",
            type="tertiary",
            icon=":material/hub:",
            help=t("map.open"),
            on_click=person.open_person,
            args=(side["owner_id"],),
        )
    else:
        st.markdown(f"**{name}**")
    told = [
        f"{_label(field)}: {literal(str(side[field]))}"
        for field in FIELDS[entity][1:]
        if side.get(field)
    ]
    st.caption("  \n".join(told) or t("propose.nothing_else"))


def _told(agreement: Mapping[str, str]) -> str:
    """Say which fields are alike and which differ; what one side lacks says nothing."""
    alike = _fields([name for name, how in agreement.items() if how in ALIKE])
    unlike = [
        name for name in _fields([n for n, how in agreement.items() if how == UNLIKE])
        if name not in alike
    ]  # fmt: skip
    parts_told = [
        text
        for names, text in (
            (alike, t("propose.alike", fields=", ".join(alike))),
            (unlike, t("propose.unlike", fields=", ".join(unlike))),
        )
        if names
    ]
    return " · ".join(parts_told)


def _fields(names: list[str]) -> list[str]:
    return list(dict.fromkeys(_label(COMPARED.get(name, name)) for name in names))


def _label(field: str) -> str:
    labels = {
        "name": t("propose.field.name"),
        "email": t("propose.field.email"),
        "phone": t("propose.field.phone"),
        "company": t("propose.field.company"),
        "city": t("propose.field.city"),
        "domain": t("propose.field.domain"),
    }
    return labels.get(field) or literal(field)
