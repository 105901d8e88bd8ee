"""Channel and step: any metric where it happens, by persona and period, down to the people behind it."""

from __future__ import annotations

import streamlit as st

from dashboards import warehouse
from dashboards.components import (
    cell as cells,
    download,
    figures,
    filters,
    heat,
    slices,
    states,
)
from dashboards.components.markup import literal
from dashboards.i18n import formats, labelled, t
from dashboards.queries import journey, metrics
from explore.behind import UNMAPPED, Cell
from explore.metrics import Answer

ALL = "all"
# what people look for first; other metrics with a channel and a step follow
FIRST = (
    "touchpoints",
    "active_customers",
    "step_seconds_mean",
    "step_drop_off_rate",
    "step_nps",
    "step_csat_rate",
    "step_ces_mean",
    "step_sentiment_mean",
    "step_contacts_mean",
    "friction_rate",
)

publication = warehouse.current()
assert publication, "the entry point lets no page run without a publication"
path = publication.path
months = metrics.months(path)
catalogue = metrics.catalogue(path)
offered = metrics.by_channel_and_step(path)
ordered = [name for name in FIRST if name in offered]
ordered += sorted(set(offered) & set(catalogue) - set(FIRST))
if not months or not ordered:
    states.empty(t("steps.empty"))
    st.stop()

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    with st.container(width=300):
        name = filters.one_of_many(
            "metric",
            t("metrics.metric"),
            ordered,
            lambda code: figures.label(catalogue[code]),
            help=t("metrics.metric.help"),
        )
    metric = catalogue[name]
    with st.container(width=220):
        persona = filters.one_of_many(
            "persona",
            t("metrics.by.persona"),
            [ALL, *metrics.personas(path, name)],
            lambda code: (
                t("steps.all.persona") if code == ALL else slices.called(path, "persona", code)
            ),
        )
    if metric.adds_up:
        period = filters.period(months)
    else:
        with st.container(width=200):
            only = filters.month(publication, months)
        period = filters.Period(first=only, last=only)

# months that cannot be judged yet stay out, unless there are no others
young = metrics.unripe(path, name, period.first, period.last)
if young and young.follows_ripe:
    before = [month for month in months if month < young.first_month]
    period = filters.Period(first=period.first, last=max(before))
else:
    young = None
span = period.text if metric.adds_up else formats.month(period.first)
found = metrics.cells(path, name, persona, period.first, period.last, together=metric.adds_up)
st.subheader(figures.label(metric), anchor=False, help=figures.explain(metric))
st.caption(literal(labelled(metric.words, "definition")))
if not found:
    states.empty(t("metrics.none", period=span))
    st.stop()

channels = [code for code in journey.channels(path) if any(code == row for row, _ in found)]
steps = [row["journey_step"] for row in journey.steps(path)]
steps = [code for code in steps if any(code == column for _, column in found)]
extra = [[UNMAPPED] if any(place[axis] == UNMAPPED for place in found) else [] for axis in (0, 1)]
currency = metrics.currency(path)
rows = {code: slices.called(path, "channel", code) for code in [*channels, *extra[0]]}
columns = {code: slices.called(path, "journey_step", code) for code in [*steps, *extra[1]]}
st.markdown(f"**{span}**", help=t("steps.map.help"))
if young:
    left_out, day = formats.month(young.first_month), formats.day(young.ripe_from)
    st.caption(t("steps.young", month=left_out, day=day))
heat.show(
    found,
    rows={**rows, ALL: t("steps.all.channel")},
    columns={**columns, ALL: t("steps.all.journey_step")},
    corner=t("metrics.by.channel"),
    write=lambda figure: figures.write(metric, figure.value, currency),
    as_of=publication.as_of,
    text=t("steps.map.alt", metric=figures.label(metric), span=span),
)
legend = [t("steps.legend.tint")]
if any(figure.denominator is not None for figure in found.values()):
    legend.append(t("steps.legend.cases"))
if not all(figure.is_ripe(publication.as_of) for figure in found.values()):
    legend.append(t("steps.legend.open"))
st.caption(" ".join(legend))
answers = [
    Answer({"channel": row, "journey_step": column}, found[row, column])
    for row in rows
    for column in columns
    if (row, column) in found
]
with st.expander(t("steps.listed")):
    slices.table(
        path, answers, metric, currency, publication.as_of,
        text=t("steps.map.alt", metric=figures.label(metric), span=span), listed=True,
    )  # fmt: skip
download.csv(f"{name}-channel-step.csv", slices.records(answers))

chosen = heat.chosen()
if chosen is None:
    st.info(t("steps.choose"), icon=":material/touch_app:")
else:
    cells.show(
        publication,
        metric,
        Cell(*chosen, persona, period.first, period.last, publication.time_zone),
        found.get(chosen),
        currency,
    )
