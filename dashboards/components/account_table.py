"""The table of accounts: sorted by any column, a click on a row opens the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from dashboards.components import download, states
from dashboards.components.markup import short, visible
from dashboards.i18n import formats, name_of, t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY = "account"
GRID = "accounts_grid"
PARTS = ("usage", "support", "feedback", "payment")
ROW_HEIGHT, BORDER, ROWS_SEEN = 35, 3, 20


def opened() -> str | None:
    """Return the account that the address names."""
    return st.query_params.get(KEY) or None


def close() -> None:
    """Let the address name no account."""
    st.query_params.pop(KEY, None)


def show(rows: Sequence[dict[str, Any]], zone: str) -> None:
    """Show accounts with health and its parts, money, dates and what is open; offer them as a file."""
    if not rows:
        states.empty(t("accounts.none"))
        return
    columns = _columns(zone)
    frame = pd.DataFrame(
        {name: [value(row) for row in rows] for name, (value, _) in columns.items()}
    )
    written: dict[Any, Any] = {name: write for name, (_, write) in columns.items() if write}
    st.dataframe(
        frame.style.format(written, na_rep=formats.NONE),
        key=GRID,
        hide_index=True,
        height=ROW_HEIGHT * (min(len(rows), ROWS_SEEN) + 1) + BORDER,
        column_config={t("customer.fact.company"): st.column_config.TextColumn(pinned=True)},
        on_select=lambda: _open([row["account_id"] for row in rows]),
        selection_mode=["single-row", "single-cell"],
        placeholder=formats.NONE,
        alt=t("page.accounts"),
    )
    download.csv(
        "accounts.csv",
        [
            {
                name: value.isoformat() if hasattr(value, "isoformat") else value
                for name, value in row.items()
            }
            for row in rows
        ],
    )


def _open(numbers: Sequence[str]) -> None:
    picked = st.session_state[GRID]["selection"]
    places = picked["rows"] or [row for row, _ in picked["cells"]]
    if places and places[0] < len(numbers):
        st.query_params[KEY] = numbers[places[0]]


def score(value: float) -> str:
    """Return a score of 0 to 100."""
    return formats.number(value)


def change(value: float) -> str:
    """Return a change with its sign."""
    return f"+{formats.number(value)}" if round(value) > 0 else formats.number(value)


def _columns(
    zone: str,
) -> dict[str, tuple[Callable[[dict[str, Any]], Any], Callable[[Any], str] | None]]:
    """Return for each heading how a row's value is found, by which it is sorted, and written."""

    def day(name: str) -> Callable[[dict[str, Any]], Any]:
        def found(row: dict[str, Any]) -> Any:
            moment = row[name]
            return pd.Timestamp(formats.local(moment, zone).date()) if moment else pd.NaT

        return found

    def written_day(value: pd.Timestamp) -> str:
        return formats.day(value.date())

    def number(name: str) -> Callable[[dict[str, Any]], float]:
        return lambda row: float("nan") if row[name] is None else float(row[name])

    currencies = "currency_code"
    return {
        t("customer.fact.company"): (
            lambda row: short(visible(row["account_name"] or t("unknown"))),
            None,
        ),
        t("accounts.health"): (number("health_score"), score),
        t("accounts.change"): (number("health_change"), change),
        **{t(f"accounts.part.{part}"): (number(f"{part}_score"), score) for part in PARTS},
        t("customer.mrr"): (number("mrr_amount"), lambda value: formats.number(value, 2)),
        t("accounts.currency"): (lambda row: row[currencies] or "", None),
        t("account.plan"): (lambda row: short(visible(row["plan_name"] or "")), None),
        t("accounts.renews"): (day("renews_at"), written_day),
        t("customer.column.last_seen"): (day("last_seen_at"), written_day),
        t("accounts.talk"): (day("last_talk_at"), written_day),
        t("accounts.open"): (number("open_conversation_count"), score),
        t("accounts.open_scores"): (number("open_score_count"), score),
        t("accounts.nps"): (number("last_nps_score"), score),
        t("account.owner"): (lambda row: short(visible(row["owner_name"] or "")), None),
        t("accounts.status"): (
            lambda row: (
                name_of("health_status", row["health_status"]) if row["health_status"] else ""
            ),
            None,
        ),
    }
