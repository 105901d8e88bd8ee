"""Identity: how accurate the map of people is, what ties a person together, and what to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import warehouse
from dashboards.components import (
    decide,
    filters,
    identity as parts,
    identity_graph,
    person,
    proposals,
    states,
    tables,
)
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, name_of, t
from dashboards.queries import customer, identity, people
from ingestion.control.decisions import CUT

if TYPE_CHECKING:
    from datetime import datetime

LOOKS = ("largest", "refused", "proposals", "labels")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path, zone = publication.path, publication.time_zone


def day(moment: datetime | None) -> str:
    """Return the day of a moment in the business time zone."""
    return formats.day(formats.local(moment, zone).date() if moment else None)


size = identity.size(path)
if not size["person_count"]:
    states.empty(t("identity.empty"))
    st.stop()

# ---- one person: what holds it together

text = filters.search(
    "q",
    t("map.search"),
    placeholder=t("customer.search.placeholder"),
    help=t("customer.search.help"),
    on_change=person.close_person,
)
number = person.opened()
profile = customer.profile(path, number) if number else None
if number and not profile:
    st.warning(t("customer.gone"), icon=":material/person_off:")
if profile:
    st.button(
        t("map.back"),
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=person.close_person,
    )
    person.heading(profile)
    known = customer.identifiers(path, profile["customer_id"])
    links = identity.links(path, profile["customer_id"])
    weak = identity_graph.weakest(links)
    st.caption(
        counted(
            "map.person",
            len(known),
            count=formats.number(len(known)),
            number=literal(profile["customer_id"]),
        )
    )
    if weak is None:
        states.empty(t("map.single"))
        tables.plain(
            [
                {
                    t("identity.type"): name_of("identifier", row["identifier_type"]),
                    t("identity.value"): row["identifier_value"],
                }
                for row in known
            ],
            text=t("identity.identifiers.alt"),
            empty=t("identity.identifiers.empty"),
        )
        st.stop()
    with st.container(border=True):
        identity_graph.show(links, text=t("map.graph.alt", weakest=parts.pair(weak)))
        st.caption(t("map.graph.legend"))
    st.subheader(t("map.links"), anchor=False, help=t("map.links.help"))
    tables.plain(
        [
            {
                t("identity.one"): person.identifier(row, "left"),
                t("identity.other"): person.identifier(row, "right"),
                t("identity.how"): identity_graph.told(row) or formats.NONE,
                t("identity.last_seen"): day(
                    max(
                        (each["last_seen_at"] for each in row["evidence"] if each["last_seen_at"]),
                        default=None,
                    )
                    if row["evidence"]
                    else None
                ),
                t("map.holds"): tables.badge(t("map.weakest"), is_well=False)
                if row is weak
                else counted(
                    "map.splits",
                    row["split_size"],
                    count=formats.number(row["split_size"]),
                )
                if row["is_bridge"]
                else t("map.backbone")
                if row["is_backbone"]
                else t("map.spare"),
            }
            for row in reversed(links)
        ],
        text=t("map.links.alt"),
        empty="",
    )
    st.subheader(t("map.cut"), anchor=False, help=t("map.cut.help"))
    place = st.selectbox(
        t("map.cut.link"),
        list(range(len(links))),
        # the weakest that holds the person together is the first to doubt
        index=links.index(weak),
        format_func=[parts.pair(row) for row in links].__getitem__,
        key=f"link-{profile['customer_id']}",
    )
    decide.form(links[place], CUT)
    st.stop()
if text:
    found = people.search(path, text)
    if not found:
        states.empty(t("customer.found.none"))
    elif len(found) > people.FOUND_AT_MOST:
        st.info(t("customer.found.many", count=people.FOUND_AT_MOST), icon=":material/search:")
    else:
        st.caption(counted("customer.found", len(found), count=len(found)))
    person.results(found[: people.FOUND_AT_MOST], path, zone)
    st.stop()

# ---- the whole map

with st.grid(3, min_column_width=200):
    person.figure(
        t("map.persons"),
        formats.number(size["person_count"]),
        below=counted(
            "map.persons.below",
            size["identifier_count"],
            count=formats.number(size["identifier_count"]),
        ),
        help=t("map.persons.help"),
    )
    person.figure(
        t("map.identified"),
        formats.percent(size["identified_count"] / size["person_count"]),
        below=counted(
            "map.identified.below",
            size["identified_count"],
            count=formats.number(size["identified_count"]),
        ),
        help=t("map.identified.help"),
    )
    person.figure(
        t("map.per_person"),
        formats.number(size["identifier_count"] / size["person_count"], 1),
        below=t(
            "map.per_person.below",
            identified=formats.number(
                size["identifier_count_of_identified"] / size["identified_count"], 1
            )
            if size["identified_count"]
            else formats.NONE,
            largest=formats.number(size["largest_count"]),
        ),
        help=t("map.per_person.help"),
    )
parts.scores(path, zone)

look = filters.one_of("look", t("map.look"), LOOKS, lambda code: t(f"map.look.{code}"))

if look == "largest":
    st.subheader(t("map.largest"), anchor=False, help=t("map.largest.help"))
    parts.largest(identity.largest(path))

elif look == "refused":
    st.subheader(t("map.refused"), anchor=False, help=t("map.refused.help"))
    reasons = identity.refusals(path)
    tables.plain(
        [
            {
                t("map.reason"): parts.reason(row["refusal_reason"]),
                t("map.link_count"): formats.number(row["link_count"]),
                t("map.person_count"): formats.number(row["person_count"]),
            }
            for row in reasons
        ],
        text=t("map.refused.alt"),
        empty=t("map.refused.empty"),
    )
    if reasons:
        why = filters.one_of_many(
            "reason",
            t("map.reason"),
            [row["refusal_reason"] for row in reasons],
            parts.reason,
        )
        tables.newest(
            [
                {
                    t("identity.one"): person.identifier(row, "left"),
                    t("map.not_with"): person.identifier(row, "right"),
                    t("identity.how"): name_of("evidence", row["kind"]),
                    t("identity.source"): name_of("source", row["source"]),
                    t("identity.last_seen"): day(row["last_seen_at"]),
                    t("identity.times"): formats.number(row["evidence_count"]),
                }
                for row in identity.refused(path, why)
            ],
            limit=identity.REFUSED_AT_MOST,
            text=t("map.refused.links.alt"),
            empty=t("map.refused.empty"),
        )

elif look == "proposals":
    proposals.show(path)
    st.subheader(t("decide.written"), anchor=False, help=t("decide.written.help"))
    decide.written(publication.published_at, zone)
    st.subheader(t("map.suspects"), anchor=False, help=t("map.suspects.help"))
    suspects = identity.suspects(path)
    tables.newest(
        [
            {
                t("identity.type"): name_of("identifier", row["identifier_type"]),
                t("identity.value"): row["identifier_value"],
                t("map.ties.persons"): t(
                    "map.usual",
                    count=formats.number(row["person_count"]),
                    usual=formats.number(row["usual_person_count"], 1),
                ),
                t("map.ties.identifiers"): t(
                    "map.usual",
                    count=formats.number(row["link_count"]),
                    usual=formats.number(row["usual_link_count"], 1),
                ),
            }
            for row in suspects
        ],
        limit=identity.SUSPECTS_AT_MOST,
        text=t("map.suspects.alt"),
        empty=t("map.suspects.empty"),
    )
    if suspects:
        st.caption(t("map.suspects.how"))
        st.code(
            "\n".join(parts.blocked_line(row) for row in suspects[: identity.SUSPECTS_AT_MOST]),
            language=None,
        )

else:
    st.subheader(t("map.labels"), anchor=False, help=t("map.labels.help"))
    tables.plain(
        [
            {
                t("map.proof"): name_of("evidence", told["kind"]),
                t("identity.source"): name_of("source", told["source"]),
                t("map.told"): t("map.told.again") if told["is_repeated"] else t("map.told.new"),
                t("map.confirmed"): formats.number(counts.confirmed),
                t("map.contradicted"): formats.number(counts.contradicted),
                t("map.missed"): formats.number(counts.missed),
                t("map.not_known_before"): formats.number(counts.not_known_before),
            }
            for told, counts in identity.scores_by_kind(path)
        ],
        text=t("map.labels.alt"),
        empty=t("map.labels.empty"),
    )
    st.caption(t("map.labels.limits"))
    st.subheader(t("map.mistakes"), anchor=False, help=t("map.mistakes.help"))
    tables.newest(
        [
            {
                t("identity.one"): person.identifier(row, "left"),
                t("identity.other"): person.identifier(row, "right"),
                t("map.proof"): name_of("evidence", row["kind"]),
                t("identity.source"): name_of("source", row["source"]),
                t("map.when"): day(row["labelled_at"]),
                t("map.verdict"): name_of("verdict", row["verdict"]),
            }
            for row in identity.mistakes(path)
        ],
        limit=identity.MISTAKES_AT_MOST,
        text=t("map.mistakes.alt"),
        empty=t("map.mistakes.empty"),
    )
