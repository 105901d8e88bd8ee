"""The company of a person: what it is, what it pays, who else belongs to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards.components import month_charts, person, states, tables
from dashboards.i18n import formats, name_of, t
from dashboards.queries import account, people

if TYPE_CHECKING:
    from datetime import datetime


def show(path: str, account_id: str, customer_id: str, time_zone: str) -> None:
    """Show an account with its people.

    Args:
        path: The published file.
        account_id: The account.
        customer_id: The person it is shown for, who is left out among the others.
        time_zone: The business time zone.
    """
    _facts(path, account_id, time_zone)
    _revenue(path, account_id)
    _people(path, account_id, customer_id, time_zone)
    _bought(path, account_id, time_zone)


def money(path: str, account_id: str, time_zone: str) -> None:
    """Show what an account is and pays: its facts, revenue, changes, invoices and deals."""
    _facts(path, account_id, time_zone)
    _revenue(path, account_id)
    _bought(path, account_id, time_zone)


def _bought(path: str, account_id: str, time_zone: str) -> None:
    _movements(path, account_id, time_zone)
    _invoices(path, account_id, time_zone)
    _deals(path, account_id, time_zone)


def _day(moment: datetime | None, time_zone: str) -> str:
    return formats.day(formats.local(moment, time_zone).date() if moment else None)


def _facts(path: str, account_id: str, time_zone: str) -> None:
    row = account.facts(path, account_id)
    with st.container(border=True), st.grid(4, min_column_width=180):
        person.fact(t("customer.fact.company"), row["account_name"])
        person.fact(t("account.domain"), row["domain"])
        person.fact(t("account.industry"), row["industry"])
        person.fact(t("account.country"), row["country_code"])
        person.fact(t("account.employees"), formats.number(row["employee_count"]))
        person.fact(
            t("account.known"),
            t(
                "account.known.named",
                named=formats.number(row["identified_person_count"]),
                all=formats.number(row["person_count"]),
            ),
        )
        person.fact(t("account.since"), _day(row["customer_since"], time_zone))
        person.fact(t("account.owner"), row["owner_name"])


def _revenue(path: str, account_id: str) -> None:
    st.subheader(t("account.mrr"), anchor=False)
    months = account.mrr_by_month(path, account_id)
    if months:
        with st.container(border=True):
            month_charts.bars(
                [
                    {
                        "month": formats.month(row["period_start"]),
                        "value": row["mrr_amount"],
                        "shown": formats.money(row["mrr_amount"], row["currency_code"], 2),
                    }
                    for row in months
                ],
                months=[formats.month(row["period_start"]) for row in months],
                text=t("account.mrr.alt"),
                value_title=t("axis.money", currency=months[-1]["currency_code"]),
            )
    else:
        states.empty(t("account.mrr.empty"))


def _people(path: str, account_id: str, customer_id: str, time_zone: str) -> None:
    st.subheader(t("account.people"), anchor=False)
    others = people.colleagues(path, account_id, customer_id)
    if others:
        person.results(others[: people.COLLEAGUES_AT_MOST], path, time_zone)
    else:
        states.empty(t("account.people.alone"))
    if len(others) > people.COLLEAGUES_AT_MOST:
        st.caption(t("customer.newest", count=people.COLLEAGUES_AT_MOST))


def _movements(path: str, account_id: str, time_zone: str) -> None:
    st.subheader(t("account.movements"), anchor=False)
    tables.newest(
        [
            {
                t("account.when"): formats.moment(row["occurred_at"], time_zone),
                t("account.change"): name_of("movement", row["movement_type"])
                + (f" ({t('account.scheduled')})" if row["is_scheduled"] else ""),
                t("account.plan"): row["plan_name"] or formats.NONE,
                t("account.amount"): formats.money(
                    row["mrr_change_amount"], row["currency_code"], 2
                ),
                t("account.after"): formats.money(row["mrr_after_amount"], row["currency_code"], 2),
            }
            for row in account.movements(path, account_id)
        ],
        limit=account.ROWS_AT_MOST,
        text=t("account.movements.alt"),
        empty=t("account.movements.empty"),
    )


def _invoices(path: str, account_id: str, time_zone: str) -> None:
    st.subheader(t("account.invoices"), anchor=False)
    tables.newest(
        [
            {
                t("account.when"): _day(row["occurred_at"], time_zone),
                **{
                    t(f"account.{part}"): formats.money(
                        row[f"{part}_amount"], row["currency_code"], 2
                    )
                    for part in ("net", "tax", "total", "paid", "due", "refunded")
                },
            }
            for row in account.invoices(path, account_id)
        ],
        limit=account.ROWS_AT_MOST,
        text=t("account.invoices.alt"),
        empty=t("account.invoices.empty"),
    )


def _deals(path: str, account_id: str, time_zone: str) -> None:
    st.subheader(t("account.deals"), anchor=False)
    tables.newest(
        [
            {
                t("account.when"): _day(row["created_at"], time_zone),
                t("account.deal"): row["deal_name"] or formats.NONE,
                t("account.stage"): row["deal_stage"] or formats.NONE,
                t("account.amount"): formats.money(row["deal_amount"], row["currency_code"], 2),
                t("account.owner"): row["owner_name"] or formats.NONE,
            }
            for row in account.deals(path, account_id)
        ],
        limit=account.ROWS_AT_MOST,
        text=t("account.deals.alt"),
        empty=t("account.deals.empty"),
    )


def orders(path: str, customer_id: str, time_zone: str) -> None:
    """Show a person's orders, where there are any."""
    found = account.orders(path, customer_id)
    if found:
        st.subheader(t("account.orders"), anchor=False)
        tables.newest(
            [
                {
                    t("account.when"): formats.moment(row["occurred_at"], time_zone),
                    t("account.order"): row["source_order_id"] or formats.NONE,
                    t("account.quantity"): formats.number(row["quantity"]),
                    t("account.amount"): formats.money(
                        row["order_amount"], row["currency_code"], 2
                    ),
                }
                for row in found
            ],
            limit=account.ROWS_AT_MOST,
            text=t("account.orders.alt"),
            empty="",
        )
