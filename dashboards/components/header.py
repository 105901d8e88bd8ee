"""The head of every page: its title, the age of its figures, and a warning if they are too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.i18n import formats, t
from dashboards.queries import health
from ingestion.control import outcomes
from ingestion.loading.freshness import PUBLISHED_WITHIN

if TYPE_CHECKING:
    from dashboards.warehouse import Publication


def title(text: str, subtitle: str, publication: Publication | None) -> None:
    """Show the title with the as-of badge beside it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(text, anchor=False)
        if publication:
            as_of_badge(publication)
    st.caption(subtitle)


def as_of_badge(publication: Publication) -> None:
    """Show the day the figures stand for, the published version, and whether it is the demo."""
    is_stale = health.is_stale(publication)
    with st.container(horizontal=True, horizontal_alignment="right", width="content"):
        if publication.mode == outcomes.DEMO:
            st.badge(
                t("badge.demo"),
                icon=":material/science:",
                color="violet",
                help=t("badge.demo.help"),
            )
        st.badge(
            t("badge.as_of", day=formats.day(publication.as_of)),
            icon=":material/schedule:" if is_stale else ":material/event_available:",
            color="orange" if is_stale else "green",
            help=t(
                "badge.as_of.help",
                version=publication.version,
                published=formats.moment(publication.published_at, publication.time_zone),
                zone=publication.time_zone,
            ),
        )


def stale_banner(publication: Publication) -> None:
    """Warn when the figures are older than they should be."""
    if not health.is_stale(publication):
        return
    st.warning(
        t(
            "stale",
            age=formats.duration(health.age(publication).total_seconds()),
            day=formats.day(publication.as_of),
            limit=formats.hours(PUBLISHED_WITHIN),
        ),
        icon=":material/history:",
    )
