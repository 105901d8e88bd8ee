"""One account in full: how it is, its people, what happened, what was said, and the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import (
    account_table,
    company,
    filters,
    names,
    person,
    records,
    slices,
    tables,
)
from dashboards.components.markup import NAME_LENGTH, literal
from dashboards.i18n import formats, labelled, name_of, t
from dashboards.queries import accounts

if TYPE_CHECKING:
    from datetime import datetime

    from dashboards.warehouse import Publication

VIEWS = ("people", "timeline", "conversations", "money")


def show(publication: Publication, row: dict[str, Any]) -> None:
    """Show one account.

    Args:
        publication: What is published.
        row: Its row of ``accounts.listed``.
    """
    path, zone, number = publication.path, publication.time_zone, row["account_id"]
    called = literal(row["account_name"] or t("unknown"), NAME_LENGTH)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(called, anchor=False, width="content")
        if row["health_status"]:
            is_well = row["health_status"] == "good"
            status = name_of("health_status", row["health_status"])
            st.markdown(tables.badge(status, is_well=is_well), width="content")
    _health(row)
    _today(row, zone)
    view = filters.one_of(
        "view", t("customer.view"), VIEWS, lambda code: t(f"accounts.view.{code}")
    )
    if view == "people":
        shown = [_person(each, path, zone) for each in accounts.people(path, number)]
        text = empty = t("accounts.people.none")
    elif view == "timeline":
        shown = [_touch(each, path, zone) for each in accounts.timeline(path, number)]
        text = empty = t("timeline.empty")
    elif view == "conversations":
        shown = [_talk(each, path, zone) for each in accounts.conversations(path, number)]
        text = empty = t("accounts.conversations.none")
    else:
        company.money(path, number, zone)
        return
    records.show(
        shown, at_most=accounts.ROWS_AT_MOST, name=f"{number}-{view}.csv", text=text, empty=empty
    )


def _health(row: dict[str, Any]) -> None:
    with st.grid(5, min_column_width=150):
        person.figure(
            t("accounts.health"),
            _told(row["health_score"]),
            below=t("accounts.change.since", change=_told(row["health_change"], is_change=True))
            if row["health_change"] is not None
            else t("accounts.change.none"),
            help=t("accounts.health.help"),
        )
        for part in account_table.PARTS:
            person.figure(
                t(f"accounts.part.{part}"),
                _told(row[f"{part}_score"]),
                below=t("accounts.part.of"),
                help=t(f"accounts.part.{part}.help"),
            )


def _today(row: dict[str, Any], zone: str) -> None:
    def day(moment: datetime | None) -> str:
        return formats.day(formats.local(moment, zone).date() if moment else None)

    with st.container(border=True), st.grid(4, min_column_width=160):
        money = formats.money(row["mrr_amount"], row["currency_code"], 2)
        person.fact(t("customer.mrr"), money if row["customer_since"] else None)
        person.fact(t("account.plan"), row["plan_name"])
        person.fact(t("accounts.renews"), day(row["renews_at"]))
        person.fact(t("account.since"), day(row["customer_since"]))
        person.fact(t("customer.column.last_seen"), day(row["last_seen_at"]))
        person.fact(t("accounts.talk"), day(row["last_talk_at"]))
        person.fact(t("accounts.open"), formats.number(row["open_conversation_count"]))
        person.fact(t("accounts.open_scores"), formats.number(row["open_score_count"]))
        person.fact(
            t("accounts.nps"),
            formats.NONE
            if row["last_nps_score"] is None
            else t(
                "accounts.nps.of",
                score=formats.number(row["last_nps_score"]),
                day=day(row["last_nps_at"]),
            ),
        )
        person.fact(t("account.owner"), row["owner_name"])
        person.fact(t("accounts.people"), formats.number(row["identified_person_count"]))
        person.fact(t("accounts.left"), day(row["churned_at"]))


def _told(value: float | None, *, is_change: bool = False) -> str:
    if value is None:
        return formats.NONE
    return account_table.change(value) if is_change else account_table.score(value)


def _person(row: dict[str, Any], path: str, zone: str) -> dict[str, Any]:
    return {
        "link": records.link(row["customer_id"]),
        t("customer.column.who"): records.who(row),
        t("accounts.job"): row["job_title"] or "",
        t("metrics.by.persona"): slices.called(path, "persona", row["persona"] or "unknown"),
        t("customer.column.phase"): names.phase(path, row["journey_phase"]),
        t("customer.column.last_seen"): formats.moment(row["last_seen_at"], zone),
        t("accounts.open"): formats.number(row["open_conversation_count"]),
        t("accounts.nps"): _told(row["last_nps_score"]),
    }


def _touch(row: dict[str, Any], path: str, zone: str) -> dict[str, Any]:
    return {
        "link": records.link(row["customer_id"]),
        t("timeline.when"): formats.moment(row["occurred_at"], zone),
        t("timeline.what"): labelled(row),
        t("customer.column.who"): records.who(row) if row["customer_id"] else t("accounts.itself"),
        t("timeline.channel"): names.channel(path, row["channel"]),
        t("timeline.step"): names.step(path, row["journey_step"]),
    }


def _talk(row: dict[str, Any], path: str, zone: str) -> dict[str, Any]:
    return {
        "link": records.link(row["customer_id"]),
        t("timeline.when"): formats.moment(row["started_at"], zone),
        t("customer.column.who"): records.who(row),
        t("timeline.channel"): names.channel(path, row["channel"]),
        t("accounts.subject"): row["subject"] or "",
        t("metrics.state"): name_of("conversation.status", row["status"]),
        t("conversation.first_response"): formats.duration(row["first_response_seconds"]),
        t("steps.mood"): name_of("sentiment", row["sentiment"]) if row["sentiment"] else "",
    }
