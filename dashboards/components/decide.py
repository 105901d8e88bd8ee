"""Decisions about identities: a form to write one down, and the list of those made so far.

A decision changes nothing that is published. The next run builds the map with it.
"""

from __future__ import annotations

import shlex
from datetime import UTC
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import person
from dashboards.components.markup import literal
from dashboards.i18n import formats, name_of, t
from ingestion.control import decisions, store
from ingestion.control.decisions import CUT, JOIN, REJECT, REVOKE
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ingestion.control.decisions import Identifier

SIDES = ("left", "right")
SHOWN_AT_MOST = 25
# whoever decides once decides more often
NAME = "decided_by"
# the form that was sent without a name or a reason
INCOMPLETE = "decide_incomplete"
ICONS = {
    JOIN: ":material/join:",
    CUT: ":material/content_cut:",
    REJECT: ":material/close:",
    REVOKE: ":material/undo:",
}


def form(row: Mapping[str, Any], *actions: str) -> None:
    """Let somebody decide about the two identifiers of a row, or show the commands that do.

    Args:
        row: ``left_type, left_namespace, left_value``, and the same of ``right``.
        actions: What there is to choose from: ``join``, ``cut``, ``reject``, ``revoke``.
    """
    if not settings().may_decide_on_pages:
        st.caption(t("decide.by_command"))
        commands = "\n".join(command(action, row) for action in actions)
        st.code(commands, language="bash", wrap_lines=True)
        return
    both = decisions.pair_of(row)
    known = _logged_in()
    called = known or st.session_state.get(NAME, "")
    # a field that was there before would keep the name that it held
    key = "-".join((*actions, *map(str, both), called))
    with st.form(f"decide-{key}", border=False):
        name, why = st.columns([1, 2])
        name.text_input(
            t("decide.by"), value=called, max_chars=80, disabled=bool(known), key=f"by-{key}"
        )
        why.text_input(t("decide.why"), max_chars=400, key=f"why-{key}")
        with st.container(horizontal=True):
            for action in actions:
                st.form_submit_button(
                    _label(action),
                    icon=ICONS[action],
                    key=f"{action}-{key}",
                    on_click=_write,
                    args=(action, both, key),
                )
    if st.session_state.pop(INCOMPLETE, None) == key:
        st.error(t("decide.incomplete"), icon=":material/edit:")


def _write(action: str, both: tuple[Identifier, Identifier], key: str) -> None:
    """Write down what a form says; before the page is drawn again, so that it shows at once."""
    by, why = (st.session_state[f"{field}-{key}"].strip() for field in ("by", "why"))
    if not (by and why):
        st.session_state[INCOMPLETE] = key
        return
    decisions.decide(action, *both, why=why, by=by)
    st.session_state[NAME] = by
    st.toast(t("decide.done"), icon=ICONS[action])


def command(action: str, row: Mapping[str, Any]) -> str:
    """Return the command that writes down a decision about the two identifiers of a row."""
    both = " ".join(shlex.quote(str(identifier)) for identifier in decisions.pair_of(row))
    return f"kette identity {action} {both} --why '…'"


def written(published_at: datetime, time_zone: str) -> None:
    """List what was decided and counts, the latest first, each with a way back."""
    rows = sorted(store.effective_decisions(), key=lambda row: -row["id"])
    if not rows:
        st.caption(t("decide.none"))
        return
    for row in rows[:SHOWN_AT_MOST]:
        # the store keeps UTC without a zone
        decided_at = row["decided_at"].replace(tzinfo=UTC)
        with st.container(border=True, gap="small"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge(literal(name_of("decision", row["action"])), icon=ICONS[row["action"]])
                one, other = (literal(person.identifier(row, side)) for side in SIDES)
                st.markdown(f"{one} – {other}")
                if decided_at > published_at:
                    st.badge(t("decide.pending"), icon=":material/schedule:", color="orange")
            st.caption(
                t(
                    "decide.told",
                    by=literal(row["decided_by"]),
                    when=formats.moment(decided_at, time_zone),
                    why=literal(row["why"]),
                )
            )
            with st.expander(t("decide.take_back")):
                form(row, REVOKE)
    if len(rows) > SHOWN_AT_MOST:
        st.caption(t("decide.more", count=formats.number(SHOWN_AT_MOST)))


def _logged_in() -> str | None:
    """Return who is logged in, where Streamlit's own login is set up."""
    user = st.user.to_dict()
    return str(user.get("email") or user.get("name")) if user.get("is_logged_in") else None


def _label(action: str) -> str:
    return {
        JOIN: t("decide.join"),
        CUT: t("decide.cut"),
        REJECT: t("decide.reject"),
        REVOKE: t("decide.revoke"),
    }[action]
