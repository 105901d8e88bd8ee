"""Explore: funnels, retention and paths of steps that the reader chooses, with the question in words."""

from __future__ import annotations

import streamlit as st

from dashboards import warehouse
from dashboards.components import explored, filters, states
from dashboards.components.markup import literal
from dashboards.i18n import formats, t
from dashboards.queries import exploring, metrics
from explore.questions import Known

VIEWS = ("funnel", "retention", "paths")
WINDOWS = ("1d", "7d", "14d", "30d", "60d", "90d")
ORDERS = {"any": (), "strict": ("strict_order",)}
BREAKDOWNS = ("acquisition", "channel", "persona", "plan", "campaign", "source")
UNITS = ("month", "week", "day")
COUNTS = ("on", "on_or_after")
KINDS = ("step", "channel", "touchpoint")
BETWEEN = {"any": ".*", "directly": "", "1d": "(?t<=86400)", "7d": "(?t<=604800)"}
# how people come to the product; where these are not known the commonest stand for them
FIRST = ("touchpoint:signed_up", "touchpoint:trial_started", "step:buy")

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
known = Known(publication.as_of, publication.time_zone)
months = metrics.months(path)
try:
    offered = exploring.choices(path)
except warehouse.TooLongError:
    states.empty(t("explore.too_long"))
    st.stop()
if not months or not offered:
    states.empty(t("explore.empty"))
    st.stop()
defaults = [code for code in FIRST if code in offered] or offered[:1]


def called(code: str) -> str:
    """Return what an event is called, as a part of a sentence."""
    return literal(explored.event(path, code))


with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    view = filters.one_of("view", t("explore.view"), VIEWS, lambda code: t(f"explore.view.{code}"))
    period = filters.period(months)
days = exploring.months(period.first, period.last, publication.as_of)

try:
    if view == "funnel":
        steps = explored.chosen_steps(path, offered, defaults)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            window = filters.one_of(
                "window",
                t("explore.window"),
                WINDOWS,
                lambda code: t(f"explore.window.{code}"),
                default="30d",
                help=t("explore.window.help"),
            )
            order = filters.one_of(
                "order",
                t("explore.order"),
                list(ORDERS),
                lambda code: t(f"explore.order.{code}"),
                help=t("explore.order.help"),
            )
            with st.container(width=220):
                by = filters.one_of_many(
                    "by",
                    t("explore.by"),
                    [explored.NONE, *BREAKDOWNS],
                    lambda code: t(f"explore.by.{code}"),
                )
        st.info(
            t(
                "explore.funnel.words",
                first=called(steps[0]),
                rest=" → ".join(map(called, steps[1:])) or formats.NONE,
                window=t(f"explore.window.{window}"),
                period=period.text,
                order=t(f"explore.order.{order}.words"),
            ),
            icon=":material/format_quote:",
        )
        found = exploring.funnel(
            path,
            steps,
            known,
            days,
            window=window,
            modes=ORDERS[order],
            by=None if by == explored.NONE else by,
        )
        explored.funnel(found, path, steps, by)
    elif view == "retention":
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            with st.container(width=260):
                born = filters.one_of_many(
                    "born",
                    t("explore.born"),
                    offered,
                    lambda code: explored.event(path, code),
                    default=defaults[0],
                )
            with st.container(width=260):
                returned = filters.one_of_many(
                    "returned",
                    t("explore.returned"),
                    ["any", *offered],
                    lambda code: explored.event(path, code),
                )
            unit = filters.one_of(
                "unit", t("explore.unit"), UNITS, lambda code: t(f"explore.unit.{code}.name")
            )
            counts = filters.one_of(
                "counts",
                t("explore.counts"),
                COUNTS,
                lambda code: t(f"explore.counts.{code}"),
                help=t("explore.counts.help"),
            )
        st.info(
            t(
                "explore.retention.words",
                born=called(born),
                returned=called(returned),
                unit=t(f"explore.unit.{unit}.name"),
                period=period.text,
                counts=t(f"explore.counts.{counts}.words"),
            ),
            icon=":material/format_quote:",
        )
        cohorts = exploring.retention(path, born, returned, known, days, unit=unit, counts=counts)
        explored.retention(cohorts, unit, publication.as_of)
    else:
        st.subheader(t("explore.match"), anchor=False)
        steps = explored.chosen_steps(path, offered, defaults)
        between = filters.one_of(
            "between",
            t("explore.between"),
            list(BETWEEN),
            lambda code: t(f"explore.between.{code}"),
            help=t("explore.between.help"),
        )
        st.info(
            t(
                "explore.match.words",
                steps=" → ".join(map(called, steps)),
                between=t(f"explore.between.{between}.words"),
                period=period.text,
            ),
            icon=":material/format_quote:",
        )
        way = exploring.matches(path, steps, BETWEEN[between], known, days)
        explored.way(
            way["person_count"],
            way["matching_count"],
            way["match_count"],
            seconds=way["seconds_median"],
            low=way["rate_low"],
            high=way["rate_high"],
        )
        st.subheader(t("explore.moves"), anchor=False, help=t("explore.moves.help"))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            kind = filters.one_of(
                "of", t("explore.of"), KINDS, lambda code: t(f"explore.of.{code}")
            )
            within = filters.one_of(
                "within",
                t("explore.within"),
                ("all", "visit"),
                lambda code: t(f"explore.within.{code}"),
            )
        explored.moves(
            exploring.moves(path, kind, known, days, within_sessions=within == "visit"), path, kind
        )
except warehouse.TooLongError:
    states.empty(t("explore.too_long"))
