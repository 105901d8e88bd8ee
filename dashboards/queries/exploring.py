"""Funnels, retention and paths of steps that readers choose, answered within a limit of time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dashboards import warehouse
from explore import questions
from explore.events import CHOICES

if TYPE_CHECKING:
    from datetime import date

    from explore.questions import Known, Question


@warehouse.cached
def choices(path: str) -> list[str]:
    """Return what a step can be, as ``explore.events`` names it: steps, channels, touchpoints.

    Raises:
        TooLongError: There is too much of it.
    """
    return [f"{row['kind']}:{row['value']}" for row in warehouse.limited(path, CHOICES, {})]


@warehouse.cached
def touchpoints(path: str) -> dict[str, dict[str, Any]]:
    """Return what touchpoints are called."""
    found = warehouse.rows(
        path,
        "select touchpoint, columns('^label_') from marts.dim_touchpoints order by touchpoint_count",
    )
    return {row["touchpoint"]: row for row in found}


def months(first: date, last: date, as_of: date) -> questions.Period:
    """Return the days from the first month to the last, as far as they are known."""
    end = (last.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return questions.Period(first.replace(day=1), min(end, as_of))


@warehouse.cached
def funnel(
    path: str,
    steps: tuple[str, ...],
    known: Known,
    period: questions.Period,
    *,
    window: str,
    modes: tuple[str, ...],
    by: str | None,
) -> list[dict[str, Any]]:
    """Return how many people got how far: one row per segment and step.

    Raises:
        TooLongError: It takes too long.
    """
    asked = questions.funnel(steps, known, window=window, by=by, period=period, modes=list(modes))
    return _answer(path, asked)


@warehouse.cached
def retention(
    path: str,
    born: str,
    returned: str,
    known: Known,
    period: questions.Period,
    *,
    unit: str,
    counts: str,
) -> list[dict[str, Any]]:
    """Return who came back: one row per cohort and bracket of time.

    Raises:
        TooLongError: It takes too long.
    """
    asked = questions.retention(born, returned, known, unit=unit, period=period, counts=counts)
    return _answer(path, asked)


@warehouse.cached
def moves(
    path: str, of: str, known: Known, period: questions.Period, *, within_sessions: bool
) -> list[dict[str, Any]]:
    """Return what follows what, the commonest first.

    Raises:
        TooLongError: It takes too long.
    """
    asked = questions.moves(
        of, within_sessions=within_sessions, period=period, known=known, records_too=False
    )
    return _answer(path, asked)


@warehouse.cached
def matches(
    path: str, steps: tuple[str, ...], between: str, known: Known, period: questions.Period
) -> dict[str, Any]:
    """Return how many people went a way, and how often.

    Args:
        path: The published file.
        steps: Names of events, in order.
        between: What stands between two of them in the pattern.
        known: Of the publication.
        period: In which the way lies.

    Raises:
        TooLongError: It takes too long.
    """
    pattern = between.join(f"(?{number})" for number in range(1, len(steps) + 1))
    asked = questions.matches(pattern, steps, period=period, known=known, records_too=False)
    return _answer(path, asked)[0]


def _answer(path: str, question: Question) -> list[dict[str, Any]]:
    return warehouse.limited(path, question.sql, dict(question.parameters))
