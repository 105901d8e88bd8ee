"""Why a figure changed, for business people: the verdict and the rows behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import figures, tables
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, name_of, t
from dashboards.queries import known

if TYPE_CHECKING:
    from datetime import date

    from dashboards.queries.metrics import Metric

ROWS_SHOWN = 12
# a row that comes to be counted adds one, a row that goes takes one
SIGNS = {"added": "+", "moved_here": "+", "unlabelled": "+", "changed": ""}


def verdict(
    metric: Metric, then: dict[str, Any], now: dict[str, Any], zone: str, currency: str | None
) -> None:
    """Show the two values side by side, and when each was said."""
    with st.grid(2, min_column_width=240):
        for row, label in ((then, t("known.then")), (now, t("known.today"))):
            with st.container(border=True, gap="xsmall"):
                st.metric(
                    label,
                    figures.write(metric, row["value"], currency),
                    help=figures.explain(metric),
                )
                st.caption(
                    t(
                        "known.said",
                        moment=formats.moment(row["published_at"], zone),
                        day=formats.day(row["as_of"]),
                    )
                )


def reasons(path: str, metric: str, month: date, version: str, *, is_changed: bool) -> None:
    """Show which rows, and which definitions, changed after a publication."""
    if not is_changed:
        st.markdown(t("known.same"))
        return
    found = known.causes(path, metric, month, version)
    definitions = known.redefined(path, metric, version)
    if found:
        tables.plain(
            [
                {
                    t("known.rows_of"): name_of("rows", cause.model),
                    t("known.month"): formats.month(cause.month),
                    t("known.what"): _what(cause),
                    t("known.count"): _count(cause),
                    t("known.effect"): ", ".join(
                        f"{name_of('measure', name)} {'+' if value > 0 else ''}"
                        f"{formats.number(value, 2)}"
                        for name, value in cause.measures.items()
                        if value
                    )
                    or formats.NONE,
                }
                for cause in found
            ],
            text=t("known.rows_of.alt"),
            empty="",
        )
        _rows(found)
    for definition in definitions:
        st.markdown(f":orange[:material/rule:] {t('known.redefined')} {literal(definition)}")
    if count := known.not_compared(path, version):
        st.caption(counted("known.not_compared", count, count=count))
    elif not found and not definitions:
        st.caption(t("known.unexplained"))


def _what(cause: known.Cause) -> str:
    text = name_of("change", cause.change)
    if not cause.columns:
        return text
    return f"{text}: " + ", ".join(name_of("measure", part) for part in cause.columns.split(", "))


def _count(cause: known.Cause) -> str:
    return f"{SIGNS.get(cause.change, '−')}{formats.number(cause.row_count)}"


def _rows(found: list[known.Cause]) -> None:
    kept = [(cause, row) for cause in found for row in cause.rows]
    if not kept:
        return
    with st.expander(t("known.rows", count=min(len(kept), ROWS_SHOWN))):
        tables.plain(
            [
                {
                    t("known.what"): name_of("change", cause.change),
                    t("known.row"): key,
                    t("known.whose"): _whose(after or before or {}),
                    t("known.difference"): _difference(cause, before, after),
                }
                for cause, (key, before, after) in kept[:ROWS_SHOWN]
            ],
            text=t("known.rows.alt"),
            empty="",
        )
        st.caption(t("known.rows.more"))


def _whose(row: dict[str, Any]) -> str:
    return row.get("customer_id") or row.get("account_id") or formats.NONE


def _difference(
    cause: known.Cause, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> str:
    if before and after:
        return ", ".join(
            f"{name_of('measure', name)}: {_value(before.get(name))} → {_value(after.get(name))}"
            for name in cause.columns.split(", ")
        )
    row = after or before or {}
    return ", ".join(
        f"{name_of('measure', name)}: {_value(value)}"
        for name, value in row.items()
        if value not in (None, False) and name not in {"customer_id", "account_id"}
    )


def _value(value: Any) -> str:
    if value is None:
        return formats.NONE
    if isinstance(value, bool):
        return t("known.yes") if value else t("known.no")
    return formats.number(value, 2) if isinstance(value, float) else str(value)
