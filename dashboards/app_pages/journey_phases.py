"""Journey: from phase to phase, from step to step, and where journeys end."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any, NamedTuple

import streamlit as st

from dashboards import warehouse
from dashboards.components import charts, figures, filters, names, sankey, states
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, labelled, name_of, t
from dashboards.queries import journey, metrics
from explore import intervals

JOURNEY_TYPES = ("acquisition", "support")
# beyond these many steps a flow is no longer readable
DEPTHS = ("3", "4", "5", "6")
# fewer cases than this say nothing about a channel
CASES_AT_LEAST = 5
# what tells which months of a kind of journey can be judged
UNRIPE_BY = {"acquisition": "acquisition_conversion_rate", "support": "missed_chat_rate"}

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
months = metrics.months(path)
if not months:
    states.empty(t("journey.empty"))
    st.stop()

catalogue = metrics.catalogue(path)
steps = journey.steps(path)
step_names = {row["journey_step"]: labelled(row) for row in steps}
phase_of = {row["journey_step"]: row["journey_phase"] for row in steps}
phase_names = {row["journey_phase"]: labelled(row, "phase_label") for row in steps}


def definition(metric: str) -> str:
    """Return what the catalogue says of a metric."""
    return figures.explain(catalogue[metric]) if metric in catalogue else ""


class Judged(NamedTuple):
    """Which months of the period shares speak for: those that can be judged, if there are any."""

    is_judged: bool
    last: date

    @property
    def color(self) -> str:
        """What cannot be judged is grey."""
        return charts.MAIN if self.is_judged else charts.MUTED


def judged(metric: str) -> Judged:
    """Return for which months the shares of a metric speak."""
    still_open = metrics.unripe(path, metric, period.first, period.last)
    if still_open is None:
        return Judged(is_judged=True, last=period.last)
    if not still_open.follows_ripe:
        return Judged(is_judged=False, last=period.last)
    last = (still_open.first_month - timedelta(days=1)).replace(day=1)
    return Judged(is_judged=True, last=last)


with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    period = filters.period(months)
    by_channel = journey.phases_by_channel(path, period.first, period.last)
    with st.container(width=240):
        channel = filters.channel(path, sorted({row["channel"] for row in by_channel}))
st.caption(t("journey.period", period=period.text))
moving, winning = judged("phase_conversion_rate"), judged("acquisition_conversion_rate")
unripe = metrics.unripe(path, "acquisition_conversion_rate", period.first, period.last)
if unripe:
    st.caption(
        t(
            "journey.unripe",
            month=formats.month(unripe.first_month),
            day=formats.day(unripe.ripe_from),
        )
    )
    st.caption(t("journey.judged" if winning.is_judged else "journey.unjudged"))

# ---- phases

st.subheader(t("journey.funnel"), anchor=False, help=t("journey.funnel.help"))
phases = journey.phases(path, period.first, period.last, channel)
if not any(row["entered"] for row in phases):
    states.empty(t("journey.funnel.empty"))
else:
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        charts.funnel(
            [
                {
                    "name": labelled(row, "phase_label"),
                    "value": row["entered"],
                    "shown": formats.number(row["entered"]),
                }
                for row in phases
            ],
            text=t("journey.funnel.alt", period=period.text),
            value_title=t("axis.persons"),
        )
    with right.container(border=True, height="stretch"):
        st.markdown(f"**{t('journey.conversion')}**", help=definition("phase_conversion_rate"))
        told = journey.phases(path, period.first, moving.last, channel)
        for row, following in itertools.pairwise(told):
            share = row["moved_on"] / row["entered"] if row["entered"] else None
            bounds = intervals.wilson(row["moved_on"] or 0, row["entered"])
            here, there = (literal(labelled(each, "phase_label")) for each in (row, following))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{here} :gray[→] {there}")
                shown = f"**{formats.percent(share)}**"
                st.markdown(shown if moving.is_judged else f":gray[{shown}]", width="content")
            if bounds and moving.is_judged:
                st.caption(
                    t(
                        "interval.of",
                        low=formats.percent(bounds[0]),
                        high=formats.percent(bounds[1]),
                        hits=formats.number(row["moved_on"]),
                        cases=formats.number(row["entered"]),
                    )
                )

# ---- channels

st.subheader(t("journey.channels"), anchor=False)
left, right = st.columns(2)
by_channel = journey.phases_by_channel(path, period.first, moving.last)


def by_channel_shares(rows: list[dict[str, Any]], hits: str, cases: str) -> list[charts.Share]:
    """Return the shares of the channels, smallest ones left out."""
    return [
        charts.Share(names.channel(path, row["channel"]), row[hits], row[cases])
        for row in rows
        if row[cases] >= CASES_AT_LEAST
    ]


with left.container(border=True, height="stretch"):
    st.markdown(f"**{t('journey.channels.phases')}**", help=t("journey.channels.phases.help"))
    # nobody goes on from the last phase
    phase = filters.one_of(
        "phase",
        t("filter.phase"),
        list(phase_names)[:-1],
        lambda code: phase_names[code],
        default="consideration" if "consideration" in phase_names else None,
    )
    drawn = by_channel_shares(
        [row for row in by_channel if row["journey_phase"] == phase], "moved_on", "entered"
    )
    if drawn:
        charts.shares(
            drawn,
            text=t("journey.channels.phases.alt", phase=phase_names[phase]),
            value_title=t("journey.channels.phases.axis", phase=phase_names[phase]),
            color=moving.color,
        )
    else:
        states.empty(t("journey.channels.empty", n=CASES_AT_LEAST))

with right.container(border=True, height="stretch"):
    st.markdown(
        f"**{t('journey.channels.acquisition')}**", help=definition("acquisition_conversion_rate")
    )
    st.caption(t("journey.channels.acquisition.text"))
    won = journey.acquisition_by_channel(path, period.first, winning.last)
    whole = next((row for row in won if row["channel"] == "all" and row["begun"]), None)
    drawn = by_channel_shares([row for row in won if row["channel"] != "all"], "converted", "begun")
    if drawn and whole:
        charts.shares(
            drawn,
            text=t("journey.channels.acquisition.alt"),
            value_title=t("journey.channels.acquisition.axis"),
            reference=whole["converted"] / whole["begun"] if winning.is_judged else None,
            color=winning.color,
        )
    else:
        states.empty(t("journey.channels.empty", n=CASES_AT_LEAST))

# ---- steps

st.subheader(t("journey.flow"), anchor=False, help=t("journey.flow.help"))
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    journey_type = filters.one_of(
        "journey",
        t("filter.journey"),
        JOURNEY_TYPES,
        lambda code: name_of("journey_type", code),
        help=t("filter.journey.help"),
    )
    depth = filters.one_of(
        "depth", t("filter.depth"), DEPTHS, str, default="4", help=t("filter.depth.help")
    )

scope = (path, journey_type, period.first, period.last, channel)
outcomes = journey.outcomes(*scope)
journey_count = sum(row["journey_count"] for row in outcomes)
if not journey_count:
    states.empty(t("journey.flow.empty"))
    st.stop()

with st.grid(4, min_column_width=200):
    st.metric(
        t("journey.begun"),
        formats.number(journey_count),
        border=True,
        height="stretch",
        help=t(f"journey.begun.help.{journey_type}"),
    )
    for row in outcomes:
        st.metric(
            literal(name_of("outcome", row["outcome"])),
            formats.number(row["journey_count"]),
            delta=formats.percent(row["journey_count"] / journey_count),
            delta_color="off",
            delta_arrow="off",
            delta_description=t("journey.median", span=formats.duration(row["median_seconds"]))
            if row["median_seconds"] is not None
            else None,
            border=True,
            height="stretch",
            help=t(f"journey.outcome.help.{row['outcome']}"),
        )

flow = sankey.Flow()
moves = journey.flows(*scope, int(depth))
if not moves:
    states.empty(t("journey.flow.unmapped"))
    st.stop()
# most support journeys have a single step
columns = max(row["step_index"] for row in moves)


def step_node(column: int, code: str) -> tuple[int, str]:
    """Add a step of the journey to the flow."""
    return flow.node(
        column,
        code,
        step_names.get(code, code),
        sankey.PHASE_COLORS.get(phase_of.get(code, ""), sankey.FALLBACK),
        list(step_names).index(code) if code in step_names else len(step_names),
    )


def outcome_node(code: str) -> tuple[int, str]:
    """Add the outcome of a journey to the flow."""
    known = list(sankey.OUTCOME_COLORS)
    return flow.node(
        columns,
        code,
        name_of("outcome", code),
        sankey.OUTCOME_COLORS.get(code, sankey.FALLBACK),
        known.index(code) if code in known else len(known),
    )


for row in moves:
    begin = step_node(row["step_index"] - 1, row["from_step"])
    end = (
        outcome_node(row["to_step"])
        if row["is_end"]
        else step_node(row["step_index"], row["to_step"])
    )
    flow.link(
        begin,
        end,
        row["journey_count"],
        counted(
            "journey.flow.count",
            row["journey_count"],
            count=formats.number(row["journey_count"]),
            share=formats.percent(row["journey_count"] / journey_count),
        ),
    )
with st.container(border=True):
    flow.draw(
        headings=[
            *(t("journey.flow.step", number=number) for number in range(1, columns + 1)),
            t("journey.flow.outcome"),
        ],
        text=t(
            "journey.flow.alt",
            kind=name_of("journey_type", journey_type),
            period=period.text,
        ),
        dark=st.context.theme.type == "dark",
    )
    st.caption(t("journey.flow.caption", depth=formats.number(columns)))

# ---- drop-offs

with st.container(border=True):
    st.markdown(f"**{t('journey.drops')}**", help=t("journey.drops.help"))
    ending = judged(UNRIPE_BY[journey_type])
    reached = {
        row["journey_step"]: row
        for row in journey.drop_offs(path, journey_type, period.first, ending.last, channel)
    }
    drawn = [
        charts.Share(name, reached[code]["dropped"], reached[code]["reached"])
        for code, name in step_names.items()
        if code in reached
    ]
    # who came lately cannot have given up yet: a share of nothing is not drawn as a good one
    if not ending.is_judged:
        states.empty(t("journey.drops.unripe"))
    elif not drawn:
        states.empty(t("journey.flow.empty"))
    else:
        charts.shares(
            drawn,
            text=t("journey.drops.alt"),
            value_title=t("journey.drops.axis"),
            color=charts.LOSS,
        )
