"""Funnels, retention and paths as statements over the published copy: each a macro with its values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from explore import macros
from explore.events import KINDS, Bound, condition, events, seconds, segment, start_of
from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

# how others read a funnel; docs/funnels.md says where they differ
READINGS: dict[str, dict[str, Any]] = {
    "clickhouse": {},
    "mixpanel": {"count": "first", "once_per": "segment", "modes": ["strict_once"]},
    "posthog": {"modes": ["strict_once"], "on_exclude": "drop"},
}
EVERY_DAY = {"day": 15, "week": 9, "month": 7}


@dataclass(frozen=True)
class Question:
    """A statement, the values of its parameters by name, and the events that it names in full."""

    sql: str
    parameters: Mapping[str, Any]
    names: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Known:
    """What a publication says of itself: the day that is not over yet, and whose calendar counts."""

    as_of: date
    time_zone: str


@dataclass(frozen=True)
class Period:
    """From which day to which, both included; None is no limit."""

    first: date | None = None
    last: date | None = None

    def limits(self, names: tuple[str, str], known: Known, bound: Bound) -> dict[str, str]:
        """Return the macros' arguments for the period."""
        days = (self.first, self.last + timedelta(days=1) if self.last else None)
        return {
            name: start_of(day, known.time_zone, bound)
            for name, day in zip(names, days, strict=True)
            if day
        }


def _known_before(known: Known, bound: Bound) -> str:
    return start_of(known.as_of, "UTC", bound)


def funnel(
    steps: Sequence[str],
    known: Known,
    *,
    window: str = "30d",
    reading: str = "clickhouse",
    exclude: Sequence[str] = (),
    by: str | None = None,
    period: Period | None = None,
    records_too: bool = False,
    **more: Any,
) -> Question:
    """Return the statement of a funnel's steps, one row per segment and step.

    Args:
        steps: Names of events (``explore.events``).
        known: Of the publication that is asked.
        window: How long an entry lasts.
        reading: One of ``READINGS``.
        exclude: Names of events that may not lie between the first step and the last.
        by: One of ``explore.events.SEGMENTS``.
        period: When entries begin.
        records_too: Whether what is no contact of people counts.
        more: Other arguments of the macro: ``modes``, ``count``, ``on_exclude``.

    Raises:
        KetteError: There is no step, or a name or an argument means nothing.
    """
    if not steps:
        raise KetteError(
            "a funnel has steps", where="funnel", fix="Name them: channel:ads step:buy"
        )
    if reading not in READINGS:
        raise KetteError(
            "there is no such reading", where=repr(reading), fix=f"There is {', '.join(READINGS)}"
        )
    bound = Bound()
    given = {**READINGS[reading], **{name: value for name, value in more.items() if value}}
    given["modes"] = [*READINGS[reading].get("modes", []), *(more.get("modes") or [])]
    entries = macros.sql(
        "funnel",
        events=events(records_too=records_too),
        steps=[condition(step, bound) for step in steps],
        window_seconds=seconds(window),
        exclude=[{"where": condition(name, bound)} for name in exclude],
        by=segment(by) if by else None,
        known_before=_known_before(known, bound),
        **(period or Period()).limits(("entered_from", "entered_before"), known, bound),
        **given,
    )
    summary = macros.sql("funnel_summary", entries=f"({entries})", step_count=len(steps))
    return Question(f"{summary}\norder by segment, step_number", bound.values, bound.names)


def retention(  # noqa: PLR0913 - a part of the question each
    born: str,
    returned: str,
    known: Known,
    *,
    unit: str = "month",
    brackets: Sequence[int] | None = None,
    by: str | None = None,
    currency: str | None = None,
    period: Period | None = None,
    records_too: bool = False,
    **more: Any,
) -> Question:
    """Return the statement of who comes back, one row per segment, cohort and bracket.

    Args:
        born: The name of the event with which a person begins.
        returned: The name of the event by which one returns.
        known: Of the publication that is asked.
        unit: day, week or month.
        brackets: How many units each bracket has; None: units one by one.
        by: One of ``explore.events.SEGMENTS``.
        currency: The currency in which returning money is added up; None: no money.
        period: When persons are born.
        records_too: Whether what is no contact of people counts.
        more: Other arguments of the macro: ``counts``, ``clock``, ``births``.

    Raises:
        KetteError: A name or an argument means nothing.
    """
    bound = Bound()
    worth = f"case when currency_code = {bound.add(currency)} then value_amount end"
    cells = macros.sql(
        "retention",
        events=events(records_too=records_too),
        born=condition(born, bound),
        returned=condition(returned, bound),
        known_before=_known_before(known, bound),
        unit=unit,
        brackets=list(brackets or [1] * EVERY_DAY.get(unit, 1)),
        amount=worth if currency else "0",
        by=segment(by) if by else None,
        time_zone=known.time_zone,
        **(period or Period()).limits(("born_from", "born_before"), known, bound),
        **{name: value for name, value in more.items() if value},
    )
    values = {name: value for name, value in bound.values.items() if f"${name}" in cells}
    return Question(f"{cells}\norder by segment, cohort_start, bracket_number", values, bound.names)


def matches(
    pattern: str, conditions: Sequence[str], *, period: Period, known: Known, records_too: bool
) -> Question:
    """Return the statement of how many persons go a path, and how often: one row.

    Raises:
        KetteError: The pattern is none, or a name means nothing.
    """
    bound = Bound()
    asked = _within(period, known, bound, records_too=records_too)
    found = macros.sql(
        "path_matches",
        events=asked,
        conditions=[condition(name, bound) for name in conditions],
        pattern=pattern,
    )
    share = "count(distinct matches.customer_id)"
    statement = f"""
    with persons as (select distinct customer_id from {asked} as events),
    matches as ({found})
    select
        count(distinct persons.customer_id) as person_count,
        {share} as matching_count,
        count(matches.match_number) as match_count,
        {macros.sql("wilson", hits=share, cases="count(distinct persons.customer_id)", end="low")}
            as rate_low,
        {macros.sql("wilson", hits=share, cases="count(distinct persons.customer_id)", end="high")}
            as rate_high,
        median(epoch(matches.ended_at - matches.started_at)) as seconds_median
    from persons left join matches on persons.customer_id = matches.customer_id
    """  # noqa: S608 - values are bound
    return Question(statement, bound.values, bound.names)


def moves(
    of: str, *, within_sessions: bool, period: Period, known: Known, records_too: bool
) -> Question:
    """Return the statement of what follows what, the commonest moves first: one row per pair.

    Raises:
        KetteError: ``of`` names nothing of an event.
    """
    if of not in KINDS:
        raise KetteError(
            "there is nothing called so to follow",
            where=repr(of),
            fix=f"There is {', '.join(KINDS)}",
        )
    bound = Bound()
    steps = macros.sql(
        "transitions",
        events=_within(period, known, bound, records_too=records_too),
        state=KINDS[of],
        within=["session_id"] if within_sessions else [],
        repeats=False,
    )
    matrix = macros.sql("transition_matrix", steps=f"({steps})")
    return Question(
        f"{matrix}\norder by move_count desc, from_state, to_state", bound.values, bound.names
    )


def _within(period: Period, known: Known, bound: Bound, *, records_too: bool) -> str:
    limits = period.limits((">=", "<"), known, bound)
    conditions = " and ".join(f"occurred_at {sign} {moment}" for sign, moment in limits.items())
    asked = events(records_too=records_too)
    return f"(select * from {asked} as events where {conditions})" if conditions else asked  # noqa: S608 - values are bound
