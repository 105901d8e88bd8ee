"""Metrics of the catalogue, asked by name, dimension and period, each with its cases and interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from explore import intervals
from ingestion.errors import KetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

DIMENSIONS = ("channel", "journey_step", "journey_phase", "persona")
# below so many cases a share or a mean says more about them than about the rest
FEWEST_CASES = 5
# whose values are 100, 0 or -100, so that its interval is one of shares
NET_PROMOTER = {"nps", "step_nps"}
# what may be added up over months; a stock is that of the last of them
ADDS_UP, LAST = {"additive"}, {"stock"}


@dataclass(frozen=True)
class Figure:
    """One metric in one slice and span of time, with what it was made from."""

    period_start: date
    numerator: float
    denominator: float | None
    sum_of_squares: float | None
    sample_size: int
    population_size: int | None = None
    ripe_from: date | None = None
    metric: str = ""

    def is_ripe(self, day: date) -> bool:
        """Return whether the figure can be judged on a day: what it counts has had its time."""
        return self.ripe_from is None or self.ripe_from <= day

    @property
    def value(self) -> float | None:
        """Return the figure; a ratio is made here, when it is read."""
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return its 95 % interval, where it is a share of cases or a mean."""
        if self.denominator is None:
            return None
        if self.sum_of_squares is not None:
            of = intervals.net_promoter if self.metric in NET_PROMOTER else intervals.mean
            return of(self.numerator, self.sum_of_squares, self.denominator)
        # a ratio of amounts of money has no cases to count
        if self.denominator == self.sample_size and self.numerator <= self.denominator:
            return intervals.wilson(self.numerator, self.denominator)
        return None

    @property
    def has_too_few(self) -> bool:
        """Return whether it is a share or a mean of too few cases to be told."""
        return self.denominator is not None and self.sample_size < FEWEST_CASES


class Answer(NamedTuple):
    """A figure and the slice that it is of: a value for each dimension that was asked for."""

    slice: dict[str, str]
    figure: Figure


class Asked(NamedTuple):
    """A metric of the catalogue as it was asked for."""

    metric: Mapping[str, Any]
    by: tuple[str, ...]
    answers: list[Answer]


def ask(
    rows: Callable[[str, dict[str, Any]], list[dict[str, Any]]],
    metric: str,
    *,
    by: Sequence[str] = (),
    only: Mapping[str, str] | None = None,
    first: date | None = None,
    last: date | None = None,
    whole_period: bool = False,
) -> Asked:
    """Return a metric by month and slice, oldest first.

    Args:
        rows: Runs a statement with bound values on the published file.
        metric: Its name in the catalogue.
        by: Dimensions; a phase is added where a metric has no figure over all phases.
        only: Slices of which alone it is asked, by dimension.
        first: The first day; its whole month counts.
        last: The last day; its whole month counts.
        whole_period: One figure for all months together.

    Raises:
        KetteError: There is no such metric, it is not counted by a dimension, or its months do not
            add up.
    """
    known = _known(rows, metric)
    slices = _slices(rows, metric)
    only = dict(only or {})
    for name in (*by, *only):
        _refuse_unknown(name, slices)
    for name, value in only.items():
        _refuse_value(name, value, slices[name])
    # where there is no figure over all phases each is told apart
    apart = [
        name
        for name, values in slices.items()
        if "all" not in values and len(values) > 1 and name not in only
    ]
    chosen = tuple(dict.fromkeys([*by, *apart]))
    conditions, bound = _conditions(slices, chosen, only)
    for name, day, sign in (("first", first, ">="), ("last", last, "<=")):
        if day:
            conditions.append(f"period_start {sign} ${name}")
            bound[name] = day.replace(day=1)
    bound["metric"] = metric
    found = rows(
        f"""
        select
            period_start, {", ".join(DIMENSIONS)}, numerator, denominator, sum_of_squares,
            sample_size, population_size, ripe_from
        from metrics.mtr_monthly
        where {" and ".join(["metric = $metric", *conditions])}
        order by period_start, {", ".join(DIMENSIONS)}
        """,  # noqa: S608 - names of our own; values are bound
        bound,
    )
    answers = [
        Answer(
            {name: row[name] for name in chosen},
            Figure(
                metric=metric, **{k: v for k, v in row.items() if k not in DIMENSIONS}
            ),
        )
        for row in found
    ]  # fmt: skip
    if whole_period:
        answers = _together(metric, str(known["additivity"]), answers)
    return Asked(known, chosen, answers)


def dimensions(
    rows: Callable[[str, dict[str, Any]], list[dict[str, Any]]], metric: str
) -> list[str]:
    """Return by what a metric can be asked."""
    return [name for name, values in _slices(rows, metric).items() if len(values - {"all"}) > 1]


def _conditions(
    slices: Mapping[str, set[str]], chosen: Sequence[str], only: Mapping[str, str]
) -> tuple[list[str], dict[str, Any]]:
    """Return which rows hold the slices that are asked for, as SQL with its values."""
    conditions = []
    for name, values in slices.items():
        if name in only:
            conditions.append(f"{name} = ${name}")
        elif name in chosen:
            conditions.append(f"{name} != 'all'")
        elif "all" in values:
            conditions.append(f"{name} = 'all'")
    return conditions, dict(only)


def _known(rows: Callable[..., list[dict[str, Any]]], metric: str) -> dict[str, Any]:
    found = rows("select * from catalogue.metrics where metric = $metric", {"metric": metric})
    if found:
        return found[0]
    names = [row["metric"] for row in rows("select metric from catalogue.metrics", {})]
    from difflib import get_close_matches

    near = get_close_matches(metric, names, n=3) or sorted(names)[:3]
    raise KetteError(
        "there is no such metric",
        where=repr(metric),
        fix=f"Did you mean {', '.join(near)}? docs/metrics.md lists all {len(names)}",
    )


def _slices(rows: Callable[..., list[dict[str, Any]]], metric: str) -> dict[str, set[str]]:
    """Return the values that each dimension has for a metric."""
    lists = ", ".join(f"list(distinct {name}) as {name}" for name in DIMENSIONS)
    found = rows(
        f"select {lists} from metrics.mtr_monthly where metric = $metric",  # noqa: S608 - names of our own
        {"metric": metric},
    )
    return {name: set(found[0][name] or []) for name in DIMENSIONS}


def _refuse_unknown(name: str, slices: Mapping[str, set[str]]) -> None:
    offered = [known for known, values in slices.items() if values - {"all"}]
    if name not in offered:
        raise KetteError(
            "the metric is not counted by that",
            where=name,
            fix=f"It is counted by {', '.join(offered) or 'month alone'}",
        )


def _refuse_value(name: str, value: str, values: set[str]) -> None:
    if value not in values:
        raise KetteError(
            f"the metric has no such {name}",
            where=repr(value),
            fix=f"There is {', '.join(sorted(values))}",
        )


def _together(metric: str, additivity: str, answers: Sequence[Answer]) -> list[Answer]:
    """Return one figure for each slice over all months."""
    if additivity not in ADDS_UP | LAST:
        raise KetteError(
            "its months do not add up: who is in several counts once, and a median is no sum",
            where=metric,
            fix="Ask it by the month",
        )
    grouped: dict[tuple[str, ...], list[Answer]] = {}
    for answer in answers:
        grouped.setdefault(tuple(answer.slice.values()), []).append(answer)
    months = [answer.figure.period_start for answer in answers]
    if additivity in LAST:
        newest = max(months, default=None)
        return [parts[-1] for parts in grouped.values() if parts[-1].figure.period_start == newest]
    return [
        Answer(parts[0].slice, _sum([part.figure for part in parts])) for parts in grouped.values()
    ]


def _sum(figures: Sequence[Figure]) -> Figure:
    def added(name: str) -> Any:
        values = [value for figure in figures if (value := getattr(figure, name)) is not None]
        return sum(values) if values else None

    return Figure(
        metric=figures[0].metric,
        period_start=figures[0].period_start,
        ripe_from=max((f.ripe_from for f in figures if f.ripe_from), default=None),
        **{
            name: added(name)
            for name in (
                "numerator", "denominator", "sum_of_squares", "sample_size", "population_size"
            )
        },
    )  # fmt: skip
