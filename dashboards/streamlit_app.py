"""The dashboards' entry point: language, navigation, the head of the page, then the page."""

from __future__ import annotations

from pathlib import Path

import duckdb
import streamlit as st

from dashboards import warehouse
from dashboards.components import filters, header, published, states
from dashboards.i18n import t
from dashboards.pages import PAGES

# an icon of our own: a browser would fetch a named one from elsewhere
ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Kette", page_icon=ICON, layout="wide")

with st.sidebar:
    filters.language()

entries = {
    page: st.Page(
        f"app_pages/{page.script}",
        title=t(f"page.{page.name}"),
        icon=page.icon,
        url_path=page.url_path,
        help=t(f"page.{page.name}.help"),
        default=page is PAGES[0],
    )
    for page in PAGES
}
sections: dict[str, list[st.Page]] = {}
for page, entry in entries.items():
    sections.setdefault(t(f"section.{page.section}"), []).append(entry)
chosen = st.navigation(sections, expanded=True)
current = next(page for page, entry in entries.items() if entry is chosen)

publication, unreadable = None, None
try:
    publication = warehouse.current()
except duckdb.Error as error:
    unreadable = error

header.title(chosen.title, t(f"page.{current.name}.help"), publication)
if publication:
    header.stale_banner(publication)
    published.banner(publication, current.name)
if unreadable:
    states.broken(unreadable)
if publication is None and current.needs_publication:
    if not unreadable:
        states.nothing_published()
    st.stop()
try:
    chosen.run()
except duckdb.Error as error:
    if publication and published.is_missing(publication, current.name):
        published.missing()
    else:
        states.broken(error)
