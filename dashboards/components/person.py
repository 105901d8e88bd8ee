"""The parts of a person's page: lists of persons, the head, and conversations."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import names, states
from dashboards.components.markup import NAME_LENGTH, literal, short, visible
from dashboards.i18n import formats, name_of, t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY = "customer"
# filters that belong to the person who was open before
OF_ONE_PERSON = ("channels",)
NUMBER_LENGTH = 8
SUBJECT_LENGTH = 70
FACT_LENGTH = 120
LAYOUT = (3.4, 2.6, 4.6, 2.2, 2.2)
ICONS = {
    "chat": ":material/chat:",
    "email": ":material/mail:",
    "phone": ":material/call:",
    "website": ":material/language:",
}
SENDERS = {
    "customer": ("user", ":material/person:"),
    "agent": ("assistant", ":material/support_agent:"),
    "system": ("assistant", ":material/info:"),
}
AUTOMATED = ("assistant", ":material/smart_toy:")


def opened() -> str | None:
    """Return the number of the person the address names."""
    return st.query_params.get(KEY) or None


def open_person(customer_id: str) -> None:
    """Let the address name a person."""
    close_person()
    st.query_params[KEY] = customer_id


def close_person() -> None:
    """Let the address name nobody."""
    st.query_params.pop(KEY, None)
    for key in OF_ONE_PERSON:
        if key in st.session_state:
            st.session_state[key] = []


def name(row: dict[str, Any]) -> str:
    """Return what a person is called: the name, else the address, else a part of the number."""
    if row["full_name"] or row["email"]:
        return str(row["full_name"] or row["email"])
    return t("customer.anonymous", number=row["customer_id"][:NUMBER_LENGTH])


def heading(row: dict[str, Any]) -> None:
    """Show a person's name above the page, and the whole of one that is too long for that."""
    called = name(row)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(literal(called, NAME_LENGTH), anchor=False, width="content")
        badges(row)
    if len(called) > NAME_LENGTH:
        states.whole([called])


def badges(row: dict[str, Any]) -> None:
    """Mark a person who is not known by name, or who is one of our own."""
    if not row["is_identified"]:
        st.badge(
            t("customer.badge.anonymous"),
            icon=":material/visibility_off:",
            color="gray",
            help=t("customer.badge.anonymous.help"),
        )
    if row["is_internal"]:
        st.badge(
            t("customer.badge.internal"),
            icon=":material/badge:",
            color="orange",
            help=t("customer.badge.internal.help"),
        )


def results(rows: Sequence[dict[str, Any]], path: str, time_zone: str) -> None:
    """Show persons to choose from, with what each was found by."""
    if not rows:
        return
    with st.container(border=True, gap="xsmall"):
        headings = ("who", "account", "reason", "phase", "last_seen")
        for place, heading in zip(st.columns(LAYOUT), headings, strict=True):
            place.caption(t(f"customer.column.{heading}"))
        for row in rows:
            who, where, why, phase, lately = st.columns(LAYOUT, vertical_alignment="center")
            with who.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.button(
                    f"**{literal(name(row), NAME_LENGTH)}**",
                    key=f"open-{row['customer_id']}",
                    type="tertiary",
                    icon=":material/person:",
                    help=t("customer.open"),
                    on_click=open_person,
                    args=(row["customer_id"],),
                )
                badges(row)
            where.text(short(visible(row["account_name"] or formats.NONE)))
            why.text(short(visible(_reason(row))))
            phase.text(names.phase(path, row["journey_phase"]))
            lately.text(_last_seen(row, time_zone))


def _reason(row: dict[str, Any]) -> str:
    if not row["found_by"]:
        return row["email"] or formats.NONE
    kind = name_of("found_by", row["found_by"])
    if kind == row["found_by"]:
        kind = name_of("identifier", row["found_by"])
    return f"{kind}: {row['found_value']}" if row["found_value"] else kind


def _last_seen(row: dict[str, Any], time_zone: str) -> str:
    if row["last_seen_at"] is None:
        return formats.NONE
    return formats.day(formats.local(row["last_seen_at"], time_zone).date())


def fact(label: str, value: str | None) -> None:
    """Show a fact under its name."""
    with st.container(gap=None):
        st.caption(label)
        st.text(short(visible(value or formats.NONE), FACT_LENGTH))


def phases(
    reached: Sequence[dict[str, Any]], path: str, day: Callable[[Any], str], current: str | None
) -> None:
    """Show the phases a person has reached, in order, the present one marked."""
    if not reached:
        st.caption(t("customer.phase.none"))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        for position, row in enumerate(reached):
            if position:
                st.markdown(":gray[:material/chevron_right:]", width="content")
            is_current = row["journey_phase"] == current
            st.badge(
                t(
                    "customer.phase",
                    phase=literal(names.phase(path, row["journey_phase"])),
                    day=day(row["entered_at"]),
                ),
                color="primary" if is_current else "gray",
                icon=":material/flag:" if is_current else None,
                help=t("customer.phase.help") if is_current else None,
            )


def conversation(
    row: dict[str, Any],
    messages: Sequence[dict[str, Any]],
    path: str,
    time_zone: str,
    *,
    expanded: bool,
) -> None:
    """Show one conversation: its times, and what was written."""
    title = t(
        "conversation.title",
        channel=literal(names.channel(path, row["channel"])),
        day=formats.moment(row["started_at"], time_zone),
        subject=literal(_subject(row, messages), NAME_LENGTH),
    )
    color = {"resolved": "green", "bot_solved": "green", "missed": "orange"}.get(
        row["status"], "blue"
    )
    badge = f":{color}-badge[{literal(name_of('conversation.status', row['status']))}]"
    icon = ICONS.get(row["channel"], ":material/forum:")
    with st.expander(f"{title} {badge}", expanded=expanded, icon=icon):
        with st.grid(4, min_column_width=140):
            fact(
                t("conversation.first_response"),
                t("conversation.unanswered")
                if row["first_response_seconds"] is None
                else formats.duration(row["first_response_seconds"]),
            )
            fact(
                t("conversation.resolution"),
                t("conversation.unresolved")
                if row["resolution_seconds"] is None
                else formats.duration(row["resolution_seconds"]),
            )
            fact(t("conversation.messages"), formats.number(row["message_count"]))
            fact(t("conversation.source"), name_of("source", row["source"]))
        if not messages:
            st.caption(t("conversation.no_text"))
        for message in messages:
            _message(message, time_zone)


def _subject(row: dict[str, Any], messages: Sequence[dict[str, Any]]) -> str:
    if row["subject"]:
        return str(row["subject"])
    # a chat has none: what the customer wrote first tells what it is about
    asked = (each["text"] for each in messages if each["sender_type"] == "customer")
    return shorten(
        next((text for text in asked if text), t("conversation.untitled")),
        width=SUBJECT_LENGTH,
        placeholder=" …",
    )


def _message(message: dict[str, Any], time_zone: str) -> None:
    kind, avatar = (
        AUTOMATED
        if message["is_automated"] and message["sender_type"] == "agent"
        else SENDERS.get(message["sender_type"], SENDERS["system"])
    )
    who = message["agent_name"] or name_of("sender", message["sender_type"])
    if message["is_automated"]:
        who = f"{who} ({t('sender.automated')})"
    with st.chat_message(kind, avatar=avatar):
        st.caption(f"{literal(who)} · {formats.moment(message['occurred_at'], time_zone)}")
        st.text(visible(message["text"] or ""))


def figure(
    label: str,
    value: str,
    *,
    below: str,
    help: str,  # noqa: A002 - Streamlit's word for it
) -> None:
    """Show a figure of one person as a card."""
    with st.container(border=True, height="stretch", gap=None):
        st.metric(label, value, help=help)
        st.caption(below)


def details(row: dict[str, Any]) -> str:
    """Return what else is known of a contact: content, campaign, amount, and whose it was."""
    amount = row["value_amount"]
    parts = [
        row["content"],
        row["campaign"],
        None if amount is None else formats.money(amount, row["currency_code"], 2),
        t("timeline.account_wide") if row["is_account_wide"] else None,
    ]
    return " · ".join(part for part in parts if part)


def identifier(row: dict[str, Any], side: str) -> str:
    """Return one side of a piece of evidence as people read it."""
    return f"{name_of('identifier', row[f'{side}_type'])} {row[f'{side}_value']}"
