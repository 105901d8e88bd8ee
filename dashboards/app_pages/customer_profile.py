"""Customer: one person over all systems, and why we know that it is one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import warehouse
from dashboards.components import (
    charts,
    company,
    derived,
    filters,
    names,
    on_a_day,
    origin,
    person,
    states,
    tables,
)
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, labelled, name_of, t
from dashboards.queries import account, customer, origin as origins, people

if TYPE_CHECKING:
    from datetime import datetime

VIEWS = ("timeline", "conversations", "account", "day", "origin", "identity")
ROWS = ("25", "100", "500")
CONVERSATIONS_SHOWN = 30
GLOBAL = "global"

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path, zone = publication.path, publication.time_zone


def day(moment: datetime | None) -> str:
    """Return the day of a moment in the business time zone."""
    return formats.day(formats.local(moment, zone).date() if moment else None)


def when(moment: datetime | None) -> str:
    """Return a moment in the business time zone."""
    return formats.moment(moment, zone)


# ---- finding a person

text = filters.search(
    "q",
    t("customer.search"),
    placeholder=t("customer.search.placeholder"),
    help=t("customer.search.help"),
    on_change=person.close_person,
)
number = person.opened()
profile = customer.profile(path, number) if number else None
if number and not profile:
    st.warning(t("customer.gone"), icon=":material/person_off:")
if not profile:
    found = people.search(path, text) if text else people.recent(path)
    if text and not found:
        states.empty(t("customer.found.none"))
    elif not found:
        states.empty(t("customer.empty"))
    elif not text:
        st.subheader(t("customer.recent"), anchor=False)
    elif len(found) > people.FOUND_AT_MOST:
        st.info(t("customer.found.many", count=people.FOUND_AT_MOST), icon=":material/search:")
    else:
        st.caption(counted("customer.found", len(found), count=len(found)))
    person.results(found[: people.FOUND_AT_MOST], path, zone)
    st.stop()

assert profile, "the page has stopped where nobody is open"
customer_id, account_id = profile["customer_id"], profile["account_id"]
currency, customer_since = profile["account_currency_code"], profile["account_customer_since"]

# ---- who it is

if text:
    st.button(
        t("customer.back"),
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=person.close_person,
    )
if number != customer_id:
    st.info(t("customer.former"), icon=":material/merge:")
with st.container(border=True):
    person.heading(profile)
    person.phases(customer.phases(path, customer_id), path, day, profile["journey_phase"])
    with st.grid(4, min_column_width=180):
        person.fact(t("customer.fact.company"), profile["account_name"])
        person.fact(t("customer.fact.email"), profile["email"])
        person.fact(t("customer.fact.phone"), profile["phone"])
        person.fact(t("customer.fact.owner"), profile["owner_name"])
        person.fact(t("customer.fact.first_seen"), when(profile["first_seen_at"]))
        person.fact(t("customer.fact.last_seen"), when(profile["last_seen_at"]))
        person.fact(t("customer.fact.channel"), names.channel(path, profile["acquisition_channel"]))
        person.fact(t("customer.fact.country"), profile["country_code"])

with st.grid(6, min_column_width=160):
    person.figure(
        t("customer.mrr"),
        formats.money(profile["account_mrr_amount"], currency, 2)
        if customer_since
        else formats.NONE,
        below=t("customer.mrr.never")
        if not customer_since
        else t("customer.mrr.churned", day=day(profile["churned_at"]))
        if profile["churned_at"]
        else t("customer.mrr.plan", plan=literal(profile["account_plan_name"] or formats.NONE)),
        help=t("customer.mrr.help"),
    )
    person.figure(
        t("customer.value"),
        " + ".join(
            formats.money(row["amount"], row["currency_code"])
            for row in account.value(path, customer_id)
        )
        or formats.NONE,
        below=t("customer.value.since", day=day(customer_since)) if customer_since else "",
        help=t("customer.value.help"),
    )
    person.figure(
        t("customer.conversations"),
        formats.number(profile["conversation_count"]),
        below=t(
            "customer.conversations.open", count=formats.number(profile["open_conversation_count"])
        ),
        help=t("customer.conversations.help"),
    )
    for kind in ("chat", "ticket"):
        asked = profile[f"{kind}_count"]
        person.figure(
            t(f"customer.response.{kind}"),
            formats.duration(profile[f"{kind}_first_response_seconds_median"]),
            below=t(
                "customer.response.speaks_for",
                n=formats.number(profile[f"answered_{kind}_count"]),
                all=formats.number(asked),
            )
            if asked
            else t("customer.response.none"),
            help=t("customer.response.help"),
        )
    person.figure(
        t("customer.contacts"),
        formats.number(profile["touchpoint_count"]),
        below=counted(
            "customer.contacts.visits",
            profile["session_count"],
            count=formats.number(profile["session_count"]),
        ),
        help=t("customer.contacts.help"),
    )

view = filters.one_of("view", t("customer.view"), VIEWS, lambda code: t(f"customer.view.{code}"))

# ---- what happened

if view == "timeline":
    read = customer.timeline(path, customer_id, account_id)
    story = read[: customer.TOUCHPOINTS_AT_MOST]
    st.subheader(t("timeline.title"), anchor=False, help=t("timeline.help", zone=zone))
    if not story:
        states.empty(t("timeline.empty"))
    else:
        lanes = list(dict.fromkeys(row["channel"] for row in story))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            chosen = filters.some_of(
                "channels",
                t("timeline.channels"),
                lanes,
                lambda code: names.choice(names.channel(path, code), code),
            )
            rows = filters.one_of("rows", t("timeline.rows"), ROWS, str)
        told = [row for row in story if row["channel"] in chosen]
        with st.container(border=True):
            charts.dots_in_time(
                [
                    {
                        "at": formats.local(row["occurred_at"], zone).replace(tzinfo=None),
                        "lane": names.channel(path, row["channel"]),
                        "what": labelled(row),
                        "when": when(row["occurred_at"]),
                    }
                    for row in told
                ],
                lanes=[names.channel(path, code) for code in lanes if code in chosen],
                text=t("timeline.alt"),
            )
        shown = told[: int(rows)]
        st.caption(
            t("timeline.shown", shown=formats.number(len(shown)), all=formats.number(len(told)))
            if len(shown) < len(told)
            else t("timeline.all", all=formats.number(len(told)))
        )
        if len(read) > len(story):
            st.caption(t("timeline.limit", limit=formats.number(len(story))))
        tables.plain(
            [
                {
                    t("timeline.when"): when(row["occurred_at"]),
                    t("timeline.what"): labelled(row),
                    t("timeline.channel"): names.channel(path, row["channel"]),
                    t("timeline.step"): names.step(path, row["journey_step"]),
                    t("timeline.detail"): person.details(row),
                    t("timeline.source"): name_of("source", row["source"]),
                }
                for row in shown
            ],
            text=t("timeline.table"),
            empty=t("timeline.empty"),
        )
    st.subheader(t("journeys.title"), anchor=False)
    tables.plain(
        [
            {
                t("journeys.kind"): name_of("journey_type", row["journey_type"]),
                t("journeys.started"): when(row["started_at"]),
                t("journeys.ended"): when(row["ended_at"]),
                t("journeys.outcome"): name_of("outcome", row["outcome"]),
                t("journeys.took"): formats.duration(row["duration_seconds"]),
                t("journeys.contacts"): formats.number(row["touchpoint_count"]),
            }
            for row in customer.journeys(path, customer_id)
        ],
        text=t("journeys.alt"),
        empty=t("journeys.empty"),
    )

# ---- what was said

elif view == "conversations":
    talks = customer.conversations(path, customer_id)
    messages = customer.messages(path, customer_id)
    if not talks:
        states.empty(t("conversation.empty"))
    for index, talk in enumerate(talks[:CONVERSATIONS_SHOWN]):
        person.conversation(
            talk, messages.get(talk["conversation_id"], []), path, zone, expanded=index == 0
        )
    if len(talks) > CONVERSATIONS_SHOWN:
        st.caption(t("customer.newest", count=CONVERSATIONS_SHOWN))

# ---- the company

elif view == "account":
    if not account_id:
        states.empty(t("account.none"))
    else:
        company.show(path, account_id, customer_id, zone)
    company.orders(path, customer_id, zone)

# ---- what was true on a day

elif view == "day":
    on_a_day.show(publication, customer_id, account_id)

# ---- where the values come from

elif view == "origin":
    currencies = derived.Currencies(currency, profile["account_paid_currency_code"])
    st.subheader(t("origin.title"), anchor=False, help=t("origin.help"))
    origin.show(
        origins.of_customer(path, customer_id),
        publication,
        currencies=currencies,
        empty=t("origin.empty"),
    )
    if account_id:
        st.subheader(t("origin.account"), anchor=False)
        origin.show(
            origins.of_account(path, account_id),
            publication,
            currencies=currencies,
            empty=t("origin.account.empty"),
        )

# ---- why it is one person

else:
    st.subheader(t("identity.identifiers"), anchor=False, help=t("identity.identifiers.help"))
    tables.plain(
        [
            {
                t("identity.type"): name_of("identifier", row["identifier_type"]),
                t("identity.value"): row["identifier_value"],
                t("identity.namespace"): t("identity.namespace.global")
                if row["identifier_namespace"] == GLOBAL
                else name_of("source", row["identifier_namespace"]),
                t("identity.first_seen"): when(row["first_seen_at"]),
            }
            for row in customer.identifiers(path, customer_id)
        ],
        text=t("identity.identifiers.alt"),
        empty=t("identity.identifiers.empty"),
    )
    st.caption(t("identity.number", number=literal(customer_id)))
    st.subheader(t("identity.evidence"), anchor=False, help=t("identity.evidence.help"))
    evidence = customer.evidence(path, customer_id)
    tables.plain(
        [
            {
                t("identity.one"): person.identifier(row, "left"),
                t("identity.other"): person.identifier(row, "right"),
                t("identity.how"): name_of("evidence", row["kind"]),
                t("identity.source"): name_of("source", row["source"]),
                t("identity.first_seen"): day(row["first_seen_at"]),
                t("identity.last_seen"): day(row["last_seen_at"]),
                t("identity.times"): formats.number(row["evidence_count"]),
            }
            for row in evidence
        ],
        text=t("identity.evidence.alt"),
        empty=t("identity.evidence.empty"),
    )
    if len(evidence) == customer.EVIDENCE_AT_MOST:
        st.caption(t("identity.evidence.limit", count=formats.number(len(evidence))))
