"""A vendor's own figures compared with ours, and amounts that no figure includes, with their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import tables
from dashboards.i18n import formats, name_of, t
from dashboards.queries import health, metrics

if TYPE_CHECKING:
    from dashboards.warehouse import Publication

CAUSES = ("exchange_rate", "history", "setting")


def show(publication: Publication) -> None:
    """Show the months in which a vendor says something else than we count."""
    tables.plain(
        [
            {
                t("health.source"): name_of("source", row["source"]),
                t("totals.figure"): name_of("totals.figure", row["metric"]),
                t("totals.month"): formats.month(row["period_start"]),
                t("totals.ours"): _amount(row, row["our_value"]),
                t("totals.theirs"): _amount(row, row["their_value"]),
                t("totals.explained"): _explained(row),
                t("totals.unexplained"): tables.badge(
                    t("totals.none") if row["is_explained"] else _amount(row, row["unexplained"]),
                    is_well=row["is_explained"],
                ),
                t("totals.records"): "; ".join(_record(row, record) for record in row["records"]),
            }
            for row in health.control_totals(publication)
        ],
        text=t("health.totals.alt"),
        empty=t("health.totals.empty"),
    )


def other_currencies(publication: Publication) -> None:
    """Show who pays in a currency that is in no figure; nothing where all pay in one."""
    found = health.other_currencies(publication)
    if not found:
        return
    own = metrics.currency(publication.path)
    st.markdown(f"**{t('totals.currencies')}**", help=t("totals.currencies.help"))
    tables.plain(
        [
            {
                t("health.source"): name_of("source", row["source"]),
                t("totals.customer"): row["name"],
                t("totals.month"): formats.month(row["period_start"]),
                t("totals.mrr"): formats.money(row["mrr_amount"], row["currency_code"], 2),
                t("totals.converted"): formats.money(row["reported_mrr_amount"], own, 2),
                t("totals.by_rate"): formats.money(row["exchange_rate_amount"], own, 2),
            }
            for row in found
        ],
        text=t("totals.currencies"),
        empty="",
    )


def _amount(row: dict[str, Any], value: float) -> str:
    if row["currency_code"] is None:
        return formats.number(value)
    return formats.money(value, row["currency_code"], 2)


def _explained(row: dict[str, Any]) -> str:
    parts = [
        f"{t(f'totals.cause.{cause}')} {_amount(row, row[cause])}" for cause in CAUSES if row[cause]
    ]
    return ", ".join(parts) or formats.NONE


def _record(row: dict[str, Any], record: dict[str, Any]) -> str:
    cause = t(f"totals.cause.{record['cause']}")
    if record["amount"] is None:
        return f"{record['name']} ({cause})"
    return f"{record['name']} ({cause} {_amount(row, record['amount'])})"
