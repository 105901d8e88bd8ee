"""A vendor's own figures against ours: what its rules explain, and the records behind the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.components import tables
from dashboards.i18n import formats, name_of, t
from dashboards.queries import health

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
