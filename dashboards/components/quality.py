"""Parts of the page Data health: what is known of touchpoints and people, and who is left out of figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components import names, tables
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


def touchpoints(path: str) -> None:
    """Show of how many touchpoints it is known what they mean and whose they are."""
    found = quality.coverage(path)
    tables.plain(
        [_covered(path, row) for row in found if row["channel"] == quality.WHOLE],
        text=t("coverage.alt"),
        empty=t("coverage.empty"),
    )
    if found:
        with st.expander(t("coverage.channels")):
            tables.plain(
                [_covered(path, row) for row in found if row["channel"] != quality.WHOLE],
                text=t("coverage.alt"),
                empty=t("coverage.empty"),
            )


def _covered(path: str, row: dict[str, Any]) -> dict[str, str]:
    whole = row["source"] == quality.WHOLE
    cases = row["touchpoint_count"]
    channel = row["channel"]
    known = t("coverage.no_channel") if channel == "unknown" else names.channel(path, channel)
    return {
        t("quality.source"): t("coverage.all") if whole else name_of("source", row["source"]),
        **({} if channel == quality.WHOLE else {t("coverage.channel"): known}),
        t("coverage.count"): formats.number(cases),
        t("coverage.step"): formats.percent(row["step_count"] / cases),
        t("coverage.reasoned"): formats.percent(row["reasoned_count"] / cases),
        t("coverage.unexplained"): formats.number(row["unexplained_count"]),
        t("coverage.person"): formats.percent(row["person_count"] / cases),
        t("coverage.identified"): formats.percent(row["identified_count"] / cases),
        t("coverage.persona"): formats.percent(row["persona_count"] / cases),
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
    """Show each under its title."""
    st.subheader(t("coverage.title"), anchor=False, help=t("coverage.help"))
    touchpoints(path)
    st.subheader(t("quality.title"), anchor=False, help=t("quality.help"))
    for entity in ("person", "account"):
        attributes(path, entity)
    st.subheader(t("label.title"), anchor=False, help=t("label.help"))
    label_effects(path)
