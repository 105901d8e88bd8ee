"""The parts of the page Identity: how accurate the map is, its largest people, and lines for seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.components import person, states
from dashboards.components.markup import literal
from dashboards.i18n import counted, formats, name_of, t
from dashboards.queries import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.queries.identity import Scores

TOO_MANY = "too_many:"
# of fewer pairs the interval is so wide that it has to be said in words
ENOUGH_PAIRS = 30


def scores(path: str, time_zone: str) -> None:
    """Show how right the map is by what was told for the first time, and apart what was told again."""
    found, again = identity.scores(path), identity.scores(path, is_repeated=True)
    if found.judged:
        _figures(found)
        st.caption(t("map.labels.text", day=_day(found, time_zone)))
    elif again.judged:
        states.empty(t("map.labels.none_new", day=_day(again, time_zone)))
    else:
        states.empty(t("map.labels.empty"))
    if 0 < found.judged < ENOUGH_PAIRS:
        st.caption(counted("map.labels.few", found.judged, count=formats.number(found.judged)))
    if again.judged:
        st.caption(
            counted(
                "map.labels.again",
                again.judged,
                count=formats.number(again.judged),
                confirmed=formats.number(again.confirmed),
                share=formats.percent(again.recall),
            )
        )


def _figures(found: Scores) -> None:
    with st.grid(3, min_column_width=200):
        person.figure(
            t("map.precision"),
            _share(found, found.precision, found.confirmed + found.contradicted),
            below=_interval(
                found.precision_interval, found.confirmed, found.confirmed + found.contradicted
            ),
            help=t("map.precision.help"),
        )
        person.figure(
            t("map.recall"),
            _share(found, found.recall, found.judged),
            below=_interval(found.recall_interval, found.confirmed, found.judged),
            help=t("map.recall.help"),
        )
        person.figure(
            t("map.f1"),
            formats.percent(found.f1) if found.judged >= ENOUGH_PAIRS else formats.NONE,
            below=counted("map.f1.below", found.judged, count=formats.number(found.judged)),
            help=t("map.f1.help"),
        )


def _share(found: Scores, share: float | None, cases: int) -> str:
    """Return a share; of few pairs their number, since a percentage would claim more."""
    if found.judged >= ENOUGH_PAIRS or not cases:
        return formats.percent(share)
    return t("map.of", hits=formats.number(found.confirmed), cases=formats.number(cases))


def _interval(interval: tuple[float, float] | None, hits: int, cases: int) -> str:
    if interval is None:
        return t("map.none_of_these")
    low, high = (formats.percent(bound) for bound in interval)
    return t(
        "map.interval",
        low=low,
        high=high,
        hits=formats.number(hits),
        cases=formats.number(cases),
    )


def _day(found: Scores, time_zone: str) -> str:
    moment = found.map_as_of
    return formats.day(formats.local(moment, time_zone).date() if moment else None)


def largest(rows: Sequence[dict[str, Any]]) -> None:
    """Show the persons with the most identifiers, each to be opened."""
    for row in rows:
        with st.container(border=True, gap="xxsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    f"**{literal(person.name(row))}**",
                    key=f"open-{row['customer_id']}",
                    type="tertiary",
                    icon=":material/hub:",
                    help=t("map.open"),
                    on_click=person.open_person,
                    args=(row["customer_id"],),
                )
                person.badges(row)
                st.badge(
                    counted(
                        "map.size",
                        row["identifier_count"],
                        count=formats.number(row["identifier_count"]),
                    ),
                    color="gray",
                )
            if row["weakest"]:
                st.caption(t("map.largest.weakest", pair=literal(pair(row["weakest"]))))
            if row["bridge"]:
                st.caption(
                    t(
                        "map.largest.bridge",
                        pair=literal(pair(row["bridge"])),
                        count=formats.number(row["bridge"]["split_size"]),
                    )
                )


def pair(row: dict[str, Any]) -> str:
    """Return the two identifiers of a link as people read them."""
    return f"{person.identifier(row, 'left')} – {person.identifier(row, 'right')}"


def reason(code: str) -> str:
    """Return why a link was refused."""
    if code.startswith(TOO_MANY):
        kind = name_of("identifier", code.removeprefix(TOO_MANY))
        return t("map.too_many", kind=kind)
    return name_of("refusal", code)


def blocked_line(row: dict[str, Any]) -> str:
    """Return the line of the seed that blocks an identifier."""
    value = row["identifier_value"].lower()
    if any(sign in value for sign in ',"\n'):
        value = '"' + value.replace('"', '""') + '"'
    return f"{row['identifier_type']},exact,{value},…"
