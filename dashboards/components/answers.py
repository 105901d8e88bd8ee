"""Answers of customers: a figure with its interval, their distribution, who gave them, and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboards.components import charts, download, figures, person, records, slices, tables
from dashboards.components.cell import score
from dashboards.components.markup import Markup, literal, visible
from dashboards.i18n import formats, labelled, name_of, t
from explore import intervals
from explore.metrics import FEWEST_CASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboards.queries.metrics import Metric
    from dashboards.warehouse import Publication
    from explore.metrics import Figure

# from which point on answers are the best, and up to which the worst
BEST = {"nps": 9, "csat": 4, "ces": 6, "review": 4}
WORST = {"nps": 6, "csat": 2, "ces": 3, "review": 2}
SHOWN = 20


def card(metric: Metric, figure: Figure | None, as_of: date, *, of: str = "") -> None:
    """Show a figure of the whole period with its cases and interval, or that there are too few.

    Args:
        metric: Its line in the catalogue.
        figure: The figure; None where there is none.
        as_of: The day by which it is ripe or not.
        of: What it speaks of, where that is not what the page is about.
    """
    if figure is None:
        value, below = formats.NONE, t("feedback.none")
    elif figure.has_too_few:
        cases = formats.number(figure.sample_size)
        value, below = t("metrics.too_few"), t("feedback.cases", n=cases)
    else:
        value, cases = figures.write(metric, figure.value, None), formats.number(figure.sample_size)
        below = t("feedback.cases", n=cases)
        if interval := figure.interval:
            low, high = (figures.write(metric, bound, None) for bound in interval)
            below = t("figure.interval", low=low, high=high, n=cases)
        if not figure.is_ripe(as_of):
            below = f"{below} · {t('metrics.open')}"
    below = f"{below} · {of}" if of else below
    person.figure(figures.label(metric), value, below=below, help=figures.explain(metric))


def distribution(rows: Sequence[dict[str, Any]], kind: str) -> None:
    """Draw how many answers each point of the scale has; the best and the worst are told apart."""
    total = sum(row["answer_count"] for row in rows)
    shown = [
        {
            "point": formats.number(row["point"]),
            "value": row["answer_count"],
            "group": t(f"feedback.group.{_group(row['point'], kind)}"),
            "shown": t(
                "feedback.share",
                n=formats.number(row["answer_count"]),
                share=formats.percent(row["answer_count"] / total if total else None),
            ),
        }
        for row in rows
    ]
    names = [t("feedback.group.low"), t("feedback.group.middle"), t("feedback.group.high")]
    chart = (
        alt.Chart(pd.DataFrame(shown))
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X(
                "point:O",
                title=None,
                sort=[row["point"] for row in shown],
                axis=alt.Axis(labelAngle=0),
            ),
            y=alt.Y("value:Q", title=t("feedback.answers"), axis=alt.Axis(tickCount=4)),
            color=alt.Color(
                "group:N",
                title=None,
                scale=alt.Scale(domain=names, range=[charts.LOSS, charts.MUTED, charts.MAIN]),
                legend=alt.Legend(orient="bottom"),
            ),
            tooltip=[
                alt.Tooltip("point:N", title=t("steps.score")),
                alt.Tooltip("shown:N", title=t("feedback.answers")),
            ],
        )
        .properties(height=300)
    )
    charts.show(chart, t("feedback.distribution.alt"))


def reach(rows: Sequence[dict[str, Any]]) -> None:
    """Show respondents beside invited beside all, by persona: are those who answer like the rest?"""
    counts = ("person_count", "invited_count", "answered_count")
    sums = {name: sum(row[name] for row in rows) for name in counts}
    tables.plain(
        [
            {
                t("metrics.by.persona"): slices.called("", "persona", row["persona"]),
                **{
                    t(f"feedback.reach.{name}"): t(
                        "feedback.share",
                        n=formats.number(row[name]),
                        share=formats.percent(row[name] / sums[name] if sums[name] else None),
                    )
                    for name in counts
                },
                t("feedback.reach.rate"): _rate(row["answered_count"], row["person_count"]),
            }
            for row in rows
        ],
        text=t("feedback.reach"),
        empty=t("feedback.none"),
    )


def listed(
    rows: Sequence[dict[str, Any]],
    publication: Publication,
    topics: Mapping[str, dict[str, Any]],
    moments: Mapping[str, dict[str, Any]],
) -> None:
    """Show answers as cards to read, the rest behind a button, and offer all as a file."""
    zone = publication.time_zone
    for row in rows[:SHOWN]:
        _answer(row, zone, topics, moments)
    if len(rows) > SHOWN:
        rest = formats.number(len(rows) - SHOWN)
        with st.expander(t("feedback.words.more", count=rest)):
            for row in rows[SHOWN:]:
                _answer(row, zone, topics, moments)
    download.csv(
        "feedback.csv",
        [
            {
                "answered_at": row["answered_at"].isoformat(),
                "score": row["score"],
                "scale_max": row["scale_max"],
                "comment": row["comment"],
                "topic": row["topic"],
                "sentiment": row["sentiment"],
                "customer_id": row["customer_id"],
                "account": row["account_name"],
                "mrr": row["mrr_amount"],
                "is_open": row["is_open"],
            }
            for row in rows
        ],
    )


def _answer(
    row: dict[str, Any],
    zone: str,
    topics: Mapping[str, dict[str, Any]],
    moments: Mapping[str, dict[str, Any]],
) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(_badges(row, topics), width="content")
            if row["customer_id"]:
                st.page_link(
                    "app_pages/customer_profile.py",
                    label=literal(records.who(row)),
                    icon=":material/person:",
                    query_params={person.KEY: row["customer_id"]},
                    width="content",
                )
            else:
                st.caption(t("unknown"), width="content")
        if words := (row["comment"] or "").strip():
            st.text(visible(words))
        st.caption(literal(" · ".join(part for part in _about(row, zone, moments) if part)))


def _badges(row: dict[str, Any], topics: Mapping[str, dict[str, Any]]) -> str:
    color = "orange" if row["is_low"] else "gray"
    parts = [f":{color}-badge[{literal(score(row['score'], row['scale_max']))}]"]
    if row["sentiment"]:
        parts.append(tables.neutral(name_of("sentiment", row["sentiment"])))
    if row["topic"] in topics:
        parts.append(tables.neutral(labelled(topics[row["topic"]])))
    if row["is_open"]:
        parts.append(f":orange-badge[:material/flag: {t('feedback.badge.open')}]")
    return Markup(" ".join(parts))


def _about(row: dict[str, Any], zone: str, moments: Mapping[str, dict[str, Any]]) -> list[str]:
    moment = moments.get(row["moment"])
    money = row["mrr_amount"]
    return [
        formats.moment(row["answered_at"], zone),
        labelled(moment) if moment else "",
        row["account_name"] or "",
        t("feedback.mrr", mrr=formats.money(money, row["currency_code"], 2)) if money else "",
        t("feedback.followed", day=formats.moment(row["followed_up_at"], zone))
        if row["followed_up_at"]
        else "",
    ]


def _group(point: int, kind: str) -> str:
    if point >= BEST[kind]:
        return "high"
    return "low" if point <= WORST[kind] else "middle"


def _rate(hits: int, cases: int) -> str:
    interval = intervals.wilson(hits, cases)
    if interval is None or cases < FEWEST_CASES:
        return t("metrics.too_few")
    low, high = (formats.percent(bound) for bound in interval)
    return t("feedback.reach.share", share=formats.percent(hits / cases), low=low, high=high)
