"""Which published figures are older than the rest, and why: on each page and on Data health."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components import states, tables
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, t
from dashboards.queries import published

if TYPE_CHECKING:
    from dashboards.queries.published import Withheld
    from dashboards.warehouse import Publication

SHOWN = 3


def banner(publication: Publication, page: str) -> None:
    """Say which figures of a page stand for an earlier day, and which checks warn of them."""
    found = published.withheld(publication, page)
    if found:
        rest = len(found) - SHOWN
        more = [counted("withheld.more", rest, count=rest)] if rest > 0 else []
        lines = [*map(_sentence, found[:SHOWN]), *more, t("withheld.health")]
        st.warning("  \n".join(lines), icon=":material/history:")
    if warned := published.warnings(publication, page):
        names = ", ".join(literal(name) for name in warned[:SHOWN])
        dots = " …" if len(warned) > SHOWN else ""
        st.caption(t("withheld.warned", count=len(warned), names=f"{names}{dots}"))


def is_missing(publication: Publication, page: str) -> bool:
    """Return whether a page reads a table that was never published."""
    return any(each.status == published.MISSING for each in published.withheld(publication, page))


def missing() -> None:
    """Say that a page shows nothing before its tables are published for the first time."""
    states.empty(t("withheld.page.missing"))


def listed(publication: Publication) -> None:
    """List all tables that were not renewed."""
    tables.plain(
        [
            {
                t("withheld.table"): name,
                t("withheld.as_of"): formats.day(each.as_of) if each.as_of else formats.NONE,
                t("withheld.why"): _cause(each),
                t("health.message"): each.cause_message,
            }
            for each in published.withheld(publication)
            for name in each.tables
        ],
        text=t("withheld.alt"),
        empty=t("withheld.none"),
    )


def _cause(each: Withheld) -> str:
    return t(f"withheld.cause.{each.cause}", subject=each.cause_subject)


def _sentence(each: Withheld) -> str:
    count, cause = len(each.tables), literal(_cause(each))
    if each.as_of is None:
        return t("withheld.missing", count=count, cause=cause)
    return t("withheld.carried_over", count=count, cause=cause, day=formats.day(each.as_of))
