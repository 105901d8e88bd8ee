"""Who will leave: the back-test in a sentence, and the accounts with the highest chances."""

from __future__ import annotations

import streamlit as st

from dashboards.components import accounts, download, states
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, labelled, t
from dashboards.queries import leaving

# longer lists are for the download
LISTED = 10


def show(path: str, time_zone: str) -> None:
    """Show the whole section.

    Args:
        path: The publication.
        time_zone: Of the company.
    """
    tests = leaving.tests(path)
    whole = tests.get("all")
    st.subheader(t("leaving"), anchor=False, help=t("leaving.help"))
    if whole is None or whole["status"] == "too_few":
        missing = whole["missing_count"] if whole else 0
        states.empty(
            counted("leaving.few", missing, missing=formats.number(missing))
            if whole
            else t("leaving.empty")
        )
        return
    shares = [formats.number(100 * whole[name]) for name in ("auc", "auc_low", "auc_high")]
    values = {
        "looks": formats.number(whole["look_count"]),
        "day": formats.day(formats.local(whole["tested_from_at"], time_zone).date()),
        **dict(zip(("auc", "low", "high"), shares, strict=True)),
    }
    if whole["status"] != "tested":
        states.empty(t("leaving.coin", **values))
        return
    st.markdown(
        t(
            "leaving.tested",
            **values,
            expected=formats.number(whole["expected_left_count"]),
            left=formats.number(whole["left_count"]),
            days=formats.number(whole["horizon_days"]),
        )
    )
    high, low = tests["high"], tests["low"]
    st.markdown(
        t(
            "leaving.groups",
            high_left=formats.number(high["left_count"]),
            high_looks=formats.number(high["look_count"]),
            low_left=formats.number(low["left_count"]),
            low_looks=formats.number(low["look_count"]),
        )
    )
    _listed(path)


def _listed(path: str) -> None:
    found = leaving.chances(path)
    words = leaving.feature_words(path)
    named = [
        ", ".join(labelled(words[one]) for one in row["reason_features"] if one in words)
        for row in found
    ]
    with st.container(border=True):
        for row, reasons in list(zip(found, named, strict=True))[:LISTED]:
            chance = formats.percent(row["leaving_chance"], 0)
            raised = literal(t("leaving.raised", reasons=reasons)) if reasons else ""
            accounts.line(row, note=f" · **{chance}** {raised}")
        shown, count = formats.number(min(LISTED, len(found))), formats.number(len(found))
        st.caption(t("leaving.caption", shown=shown, n=count))
    download.csv(
        "leaving_chances.csv",
        [
            {
                t("drivers.behind.account"): row["account_name"],
                t("drivers.behind.plan"): row["plan_name"],
                t("drivers.behind.mrr"): row["mrr_amount"],
                t("leaving.chance"): row["leaving_chance"],
                t("leaving.reasons"): reasons,
            }
            for row, reasons in zip(found, named, strict=True)
        ],
    )
