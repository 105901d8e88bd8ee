"""What was true of a person on a given day, beside what is true today."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import filters, names, states as empty_states, tables
from dashboards.components.markup import literal
from dashboards.i18n import formats, name_of, t
from dashboards.queries import states

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dashboards.warehouse import Publication

KEY = "day"
# where nobody has chosen: a quarter back
DAYS_BACK = 90
EARLIEST = date(2000, 1, 1)
State = dict[str, Any]


def show(publication: Publication, customer_id: str, account_id: str | None) -> None:
    """Let a day be chosen, and show person and account on that day beside now.

    Args:
        publication: What is read.
        customer_id: The person.
        account_id: The account to which the person belongs now, if any.
    """
    path = publication.path
    first = states.first_day(path, customer_id)
    day = _choose(publication, first)
    if first and day < first:
        empty_states.empty(t("day.unknown", day=formats.day(day), first=formats.day(first)))
    st.subheader(t("day.person"), anchor=False)
    both = [states.of_customer(path, customer_id, each) for each in (day, publication.as_of)]
    _compare(both, day, _of_person(publication), empty=t("day.person.empty"))
    if account_id:
        st.subheader(t("day.account"), anchor=False, help=t("day.account.help"))
        both = [states.of_account(path, account_id, each) for each in (day, publication.as_of)]
        _compare(both, day, _of_account(publication), empty=t("day.account.empty"))


def _choose(publication: Publication, first: date | None) -> date:
    back = publication.as_of - timedelta(days=DAYS_BACK)
    # a value that is already there needs no first one, and Streamlit warns of having both
    given: Any = None if KEY in st.session_state else max(first or back, back)
    chosen = st.date_input(
        t("day.choose"),
        value=given,
        min_value=EARLIEST,
        max_value=publication.as_of,
        key=KEY,
        format=t("day.format"),
        help=t("day.choose.help", zone=publication.time_zone),
        width=240,
        bind=filters.URL,
    )
    return chosen if isinstance(chosen, date) else publication.as_of


def _compare(
    both: Sequence[State | None],
    day: date,
    facts: Sequence[tuple[str, Callable[[State], str]]],
    *,
    empty: str,
) -> None:
    if not any(both):
        empty_states.empty(empty)
        return
    then, now = ([write(state) if state else formats.NONE for _, write in facts] for state in both)
    tables.plain(
        [
            {
                t("day.what"): label,
                # in German it begins like a numbered list
                literal(formats.day(day)): before,
                t("day.now"): after,
                t("day.change"): t("day.changed") if before != after else "",
            }
            for (label, _), before, after in zip(facts, then, now, strict=True)
        ],
        text=t("day.alt", day=formats.day(day)),
        empty=empty,
    )


def _of_person(publication: Publication) -> list[tuple[str, Callable[[State], str]]]:
    path = publication.path
    return [
        (t("day.phase"), lambda row: names.phase(path, row["journey_phase"])),
        (t("day.contacts"), lambda row: formats.number(row["touchpoint_count"])),
        (t("day.used"), lambda row: _day(row["product_last_used_at"], publication)),
        (t("day.active"), lambda row: formats.number(row["active_days_28"])),
        (t("day.conversations"), lambda row: formats.number(row["conversation_count"])),
        (t("day.open"), lambda row: formats.number(row["open_conversation_count"])),
        (t("day.orders"), lambda row: formats.number(row["order_count"])),
        (t("day.nps"), lambda row: formats.number(row["last_nps_score"])),
        (t("day.csat"), lambda row: formats.number(row["last_csat_score"])),
        (t("day.ces"), lambda row: formats.number(row["last_ces_score"])),
        (t("day.email_marketing"), lambda row: _word(row["has_email_marketing_consent"])),
        (t("day.analytics"), lambda row: _word(row["has_analytics_consent"])),
        (t("day.publication"), lambda row: _word(row["has_publication_consent"])),
    ]


def _of_account(publication: Publication) -> list[tuple[str, Callable[[State], str]]]:
    return [
        (t("day.status"), lambda row: _status(row, publication)),
        (t("day.plan"), lambda row: row["plan_name"] or formats.NONE),
        (t("day.mrr"), lambda row: formats.money(row["mrr_amount"], row["currency_code"], 2)),
        (
            t("day.paid"),
            lambda row: formats.money(row["paid_amount"], row["paid_currency_code"], 2),
        ),
        (t("day.people"), lambda row: formats.number(row["person_count"])),
        (t("day.active_people"), lambda row: formats.number(row["active_person_count_28"])),
        (t("day.seats"), lambda row: formats.number(row["seat_count"])),
        (t("day.renewal"), lambda row: _day(row["renews_at"], publication)),
        (t("day.health"), _health),
    ]


def _status(row: State, publication: Publication) -> str:
    if row["is_paying"]:
        return t("day.status.paying", day=_day(row["customer_since"], publication))
    if row["churned_at"]:
        return t("day.status.left", day=_day(row["churned_at"], publication))
    return t("day.status.never")


def _health(row: State) -> str:
    if row["health_status"] is None:
        return formats.NONE
    status = name_of("health_status", row["health_status"])
    return t("day.health.score", status=status, score=formats.number(row["health_score"], 1))


def _word(given: bool | None) -> str:  # noqa: FBT001 - three answers: yes, no, not asked
    return formats.NONE if given is None else name_of("day.word", "yes" if given else "no")


def _day(moment: datetime | None, publication: Publication) -> str:
    return formats.day(formats.local(moment, publication.time_zone).date() if moment else None)
