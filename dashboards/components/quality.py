"""Parts of the page Data health: how complete attributes are, and who is left out of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components import tables
from dashboards.components.markup import literal
from dashboards.i18n import formats, name_of, t
from dashboards.queries import quality

if TYPE_CHECKING:
    from typing import Any

LABELS = ("staff", "test", "bot")


def attributes(path: str, entity: str) -> None:
    """Show coverage and disagreement of each attribute of persons or accounts."""
    found = quality.attributes(path, entity)
    tables.plain(
        [_line(row, entity) for row in found if row["source"] == quality.WHOLE],
        text=t("quality.alt"),
        empty=t("quality.empty"),
    )
    if not found:
        return
    with st.expander(literal(name_of("quality.sources", entity))):
        tables.plain(
            [_line(row, entity) for row in found if row["source"] != quality.WHOLE],
            text=t("quality.sources.alt"),
            empty=t("quality.empty"),
        )


def _line(row: dict[str, Any], entity: str) -> dict[str, str]:
    whole = row["source"] == quality.WHOLE
    system = {} if whole else {t("quality.source"): name_of("source", row["source"])}
    return {
        name_of("quality.entity", entity): name_of("attribute", row["attribute"]),
        **system,
        t("quality.coverage"): _share(row["valued_count"], row["entity_count"]),
        t("quality.disagreement") if whole else t("quality.contrary"): _share(
            row["disagreeing_count"], row["comparable_count"]
        ),
    }


def label_effects(path: str) -> None:
    """Show what figures count with everybody and without staff, tests and bots."""
    tables.plain(
        [
            {
                t("label.measure"): name_of("measure", row["measure"]),
                t("label.before"): formats.number(row["before_count"]),
                **{
                    name_of("internal_label", label): formats.number(-row[label])
                    for label in LABELS
                },
                t("label.after"): formats.number(row["after_count"]),
            }
            for row in quality.label_effects(path)
        ],
        text=t("label.alt"),
        empty=t("label.empty"),
    )


def _share(hits: int, cases: int) -> str:
    if not cases:
        return t("quality.incomparable")
    return t(
        "quality.share",
        share=formats.percent(hits / cases),
        hits=formats.number(hits),
        cases=formats.number(cases),
    )


def show(path: str) -> None:
    """Show both, each under its title."""
    st.subheader(t("quality.title"), anchor=False, help=t("quality.help"))
    for entity in ("person", "account"):
        attributes(path, entity)
    st.subheader(t("label.title"), anchor=False, help=t("label.help"))
    label_effects(path)
