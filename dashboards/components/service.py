"""The parts of the page Service: metrics by channel, reasons for contact, conversations behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import charts, download, figures, names, person, slices, tables
from dashboards.components.markup import NAME_LENGTH, Markup, literal
from dashboards.i18n import formats, labelled, name_of, t
from explore.metrics import FEWEST_CASES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from dashboards.queries.metrics import Metric
    from explore.metrics import Figure

PROFILE = "app_pages/customer_profile.py"
LAYOUT = (2.8, 2.6, 1.4, 2.2, 1.6, 2, 2)
# of a conversation, in a file
WRITTEN = (
    "conversation_id",
    "customer_id",
    "channel",
    "topic",
    "sentiment",
    "status",
    "first_response_seconds",
    "first_response_business_seconds",
    "is_first_response_in_target",
    "resolution_seconds",
    "resolution_business_seconds",
    "is_resolution_in_target",
    "is_followed_up",
    "contact_cost_amount",
    "currency_code",
)


def definitions(metrics: Sequence[Metric]) -> None:
    """Offer what each metric means and leaves out."""
    with st.popover(t("service.definitions"), icon=":material/menu_book:"):
        for metric in metrics:
            st.markdown(
                f"**{literal(figures.label(metric))}**  \n{literal(labelled(metric.words, 'definition'), 2000)}"
            )


def by_channel(
    path: str,
    figures_of: Mapping[str, Mapping[str, Figure]],
    catalogue: Mapping[str, Metric],
    currency: str | None,
    as_of: date,
    *,
    headings: Mapping[str, str],
    text: str,
    file_name: str,
) -> None:
    """Show metrics beside each other, a row for each channel, and what the columns mean.

    Args:
        path: The published file.
        figures_of: By metric and channel the figures of one month.
        catalogue: Metrics by name.
        currency: Of amounts of money.
        as_of: The day by which a figure is ripe or not.
        headings: What each metric is called here, in the order of columns.
        text: What the table shows, for those who cannot see it.
        file_name: Of the download.
    """
    channels = {channel for name in headings for channel in figures_of.get(name, {})}
    rows = [
        {
            t("metrics.by.channel"): (
                t("filter.channel.all")
                if channel == "all"
                else slices.called(path, "channel", channel)
            ),
            **{
                heading: _cell(
                    figures_of.get(name, {}).get(channel), catalogue[name], currency, as_of
                )
                for name, heading in headings.items()
            },
        }
        for channel in names.in_order(path, channels)
    ]
    tables.plain(rows, text=text, empty=t("metrics.few"))
    with st.container(horizontal=True):
        definitions([catalogue[name] for name in headings])
        download.csv(file_name, records(figures_of, catalogue, list(headings)))


def records(
    figures_of: Mapping[str, Mapping[str, Figure]],
    catalogue: Mapping[str, Metric],
    shown: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the rows of a file: metric, channel, value, interval and cases; of too few no value."""
    found = []
    for name in shown:
        for channel, figure in figures_of.get(name, {}).items():
            is_told = not figures.has_too_few(catalogue[name], figure)
            low, high = figure.interval or (None, None)
            found.append(
                {
                    "metric": name,
                    "channel": channel,
                    "month": figure.period_start.isoformat(),
                    "value": figure.value if is_told else None,
                    "low": low if is_told else None,
                    "high": high if is_told else None,
                    "n": figure.sample_size,
                }
            )
    return found


def reasons(rows: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Return topics as they are shown: how many, and which share is solved or comes back."""
    everything = sum(row["conversation_count"] for row in rows)
    return [
        {
            t("service.topic"): _topic(row),
            t("service.conversations"): formats.number(row["conversation_count"]),
            t("service.share"): formats.percent(row["conversation_count"] / everything),
            t("service.solved"): _share(row["solved_count"], row["conversation_count"]),
            t("service.returned"): _share(row["followed_up_count"], row["known_count"]),
        }
        for row in rows
    ]


def moods(rows: Sequence[dict[str, Any]]) -> list[charts.Share]:
    """Return for each topic how many conversations sound negative; too few are left out."""
    return [
        charts.Share(_topic(row), row["negative_count"], row["judged_count"])
        for row in rows
        if row["judged_count"] >= FEWEST_CASES
    ]


def behind(rows: Sequence[dict[str, Any]], path: str, time_zone: str) -> None:
    """Show conversations, each with a way to the person who began it."""
    with st.container(border=True, gap="xsmall"):
        headings = ("when", "who", "channel", "topic", "status", "response", "resolution")
        for place, heading in zip(st.columns(LAYOUT), headings, strict=True):
            place.caption(t(f"service.column.{heading}"))
        for row in rows:
            when, who, channel, topic, status, response, resolution = st.columns(
                LAYOUT, vertical_alignment="center"
            )
            when.markdown(tables.unbroken(formats.moment(row["started_at"], time_zone)))
            _link(who, row)
            channel.markdown(literal(names.channel(path, row["channel"])))
            topic.markdown(literal(_topic(row)))
            status.markdown(literal(name_of("conversation.status", row["status"])))
            response.markdown(_taken(row, "first_response"))
            resolution.markdown(_taken(row, "resolution"))


def written(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return conversations as rows of a file, with codes and numbers."""
    return [
        {"started_at": row["started_at"].isoformat(), **{name: row[name] for name in WRITTEN}}
        for row in rows
    ]


def _link(place: Any, row: dict[str, Any]) -> None:
    if row["customer_id"] is None:
        place.markdown(t("service.nobody"))
        return
    place.page_link(
        PROFILE,
        label=literal(person.name(row), NAME_LENGTH),
        icon=":material/person:",
        help=t("customer.open"),
        query_params={person.KEY: row["customer_id"]},
    )


def _topic(row: dict[str, Any]) -> str:
    return t("service.topic.unknown") if row["topic"] in {None, "unknown"} else labelled(row)


def _taken(row: dict[str, Any], moment: str) -> str:
    seconds, is_in_target = row[f"{moment}_business_seconds"], row[f"is_{moment}_in_target"]
    text = formats.NONE if seconds is None else formats.duration(seconds)
    if is_in_target is None:
        return literal(text)
    return tables.badge(text, is_well=is_in_target)


def _share(hits: int, cases: int) -> str:
    if cases < FEWEST_CASES:
        return t("metrics.too_few")
    return t("metrics.cell", value=formats.percent(hits / cases), n=formats.number(cases))


def _cell(figure: Figure | None, metric: Metric, currency: str | None, as_of: date) -> str:
    if figure is None:
        return formats.NONE
    if figures.has_too_few(metric, figure):
        return t("metrics.too_few")
    value = t(
        "metrics.cell",
        value=figures.write(metric, figure.value, currency),
        n=formats.number(figure.sample_size),
    )
    # a number and its cases stay on one line
    told = tables.unbroken(value)
    return told if figure.is_ripe(as_of) else Markup(t("service.cell.open", value=told))
