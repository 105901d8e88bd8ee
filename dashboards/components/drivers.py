"""What affects retention most: the ranked picture, a few sentences each, and the accounts behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import (
    accounts,
    download,
    driver_chart,
    driver_words,
    filters,
    states,
)
from dashboards.components.markup import literal
from dashboards.i18n import formats, labelled, name_of, t
from dashboards.queries import drivers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANSWERED = ("found", "not_found")
# longer lists are for the download
LISTED = 10
ALL = ("all", "all")
# what an analyst wants of each finding, without our keys
COLUMNS = (
    "segment_kind", "segment", "feature", "feature_level", "feature_role", "cut_value", "status",
    "row_count", "account_count", "good_count", "good_left_count", "bad_count", "bad_left_count",
    "missing_count", "unadjusted_effect", "effect", "effect_low", "effect_high", "p_value", "q_value",
    "e_value", "e_value_limit", "overlap_rate", "needed_account_count", "reach_account_count",
    "reach_mrr_amount", "worth_mrr_amount", "worth_mrr_low_amount", "worth_mrr_high_amount",
    "horizon_days", "method_version",
)  # fmt: skip


def show(path: str, currency: str | None, *, is_about_money: bool) -> None:
    """Show the whole section.

    Args:
        path: The publication.
        currency: Of amounts of money.
        is_about_money: Whether the page shows revenue above: here accounts are counted all the same.
    """
    st.subheader(t("drivers"), anchor=False, help=t("drivers.help"))
    rows = drivers.findings(path)
    if not rows:
        states.empty(t("drivers.empty"))
        return
    days = formats.number(rows[0]["horizon_days"])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        segment = filters.one_of(
            "drivers_of",
            t("drivers.segment"),
            _segments(rows),
            _segment_name,
            help=t("drivers.segment.help"),
        )
        with st.popover(t("drivers.how"), icon=":material/calculate:"):
            st.markdown(t("drivers.how.text", days=days))
            _held(path)
    if is_about_money:
        st.caption(t("drivers.accounts_only"))
    chosen = [row for row in rows if f"{row['segment_kind']}.{row['segment']}" == segment]
    levers = [row for row in chosen if row["feature_role"] == "driver"]
    signs = [row for row in chosen if row["feature_role"] == "mediator"]
    _ranked(path, levers, days)
    for row in _of(levers, "found"):
        _told(path, row, currency, rows)
    _unsure(path, levers)
    if answered := [row for row in signs if row["status"] in ANSWERED]:
        st.markdown(f"**{t('drivers.signs')}**", help=t("drivers.signs.help"))
        for row in _of(answered, "found"):
            _told(path, row, currency, rows)
        _unsure(path, answered)
    _refused(path, chosen)
    if segment == ".".join(ALL):
        _behind(path, [row for row in chosen if row["status"] in ANSWERED])
    download.csv("retention_drivers.csv", [{key: row[key] for key in COLUMNS} for row in chosen])


def _segments(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the segments of which anything can be said, all accounts first."""
    said = {(row["segment_kind"], row["segment"]) for row in rows if row["status"] in ANSWERED} | {
        ALL
    }
    return [".".join(one) for one in sorted(said, key=lambda one: (one != ALL, one))]


def _segment_name(code: str) -> str:
    kind, _, segment = code.partition(".")
    if (kind, segment) == ALL:
        return t("drivers.segment.all")
    if kind == "persona":
        return name_of("persona", segment)
    return name_of("paying_age", segment)


def _of(rows: Sequence[Mapping[str, Any]], status: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["status"] == status]


def _ranked(path: str, levers: Sequence[Mapping[str, Any]], days: str) -> None:
    answered = [row for row in levers if row["status"] in ANSWERED]
    if not answered:
        states.empty(t("drivers.refused"))
        return
    if answered[0]["status"] == "found":
        first = literal(driver_words.label(path, answered[0]))
        st.markdown(t("drivers.headline", label=first))
    else:
        st.markdown(t("drivers.headline.none"))
    with st.container(border=True):
        driver_chart.draw(path, answered, days)
        st.caption(t("drivers.chart.caption", days=days))


def _told(
    path: str, row: Mapping[str, Any], currency: str | None, rows: Sequence[Mapping[str, Any]]
) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{literal(driver_words.label(path, row))}**")
        for sentence in driver_words.found(path, row, currency, rows):
            st.markdown(sentence)


def _unsure(path: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if unsure := _of(rows, "not_found"):
        with st.expander(f"{t('drivers.unsure')} ({formats.number(len(unsure))})"):
            for row in unsure:
                called = literal(driver_words.label(path, row))
                st.markdown(f"**{called}**  \n{driver_words.unsure(path, row)}")


def _refused(path: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if refused := [row for row in rows if row["status"] not in ANSWERED]:
        with st.expander(f"{t('drivers.refused')} ({formats.number(len(refused))})"):
            st.caption(t("drivers.refused.text"))
            st.markdown("\n".join(f"- {driver_words.refused(path, row)}" for row in refused))


def _held(path: str) -> None:
    st.markdown(f"**{t('drivers.held')}**")
    lines = []
    for row in drivers.held_constant(path):
        name, reason = literal(labelled(row)), literal(labelled(row, "reason"))
        lines.append(f"- **{name}** ({name_of('drivers.held', row['role'])}): {reason}")
    st.markdown("\n".join(lines))


def _behind(path: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    with st.expander(t("drivers.behind")):
        named = {row["retention_driver_id"]: driver_words.label(path, row) for row in rows}
        chosen = filters.one_of_many(
            "driver",
            t("drivers.behind.choose"),
            list(named),
            named.__getitem__,
            help=t("drivers.behind.help"),
        )
        found = drivers.accounts(path, chosen)
        if not found:
            states.empty(t("drivers.behind.none"))
            return
        for account in found[:LISTED]:
            accounts.line(account)
        if len(found) > LISTED:
            shown, count = formats.number(LISTED), formats.number(len(found))
            st.caption(t("drivers.behind.more", shown=shown, n=count))
        download.csv(
            "accounts.csv",
            [
                {
                    t("drivers.behind.account"): account["account_name"],
                    t("drivers.behind.plan"): account["plan_name"],
                    t("drivers.behind.mrr"): account["mrr_amount"],
                }
                for account in found
            ],
        )
