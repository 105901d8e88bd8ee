"""How long people take until something happens, of whom many are still on their way.

Whoever has not got there yet, or left before, is censored: so long it took at least. Leaving them out
would make everything look quick.

``curve`` is Kaplan and Meier's estimate with its log-log interval, ``logrank`` the test of Mantel and of
Peto whether groups differ, ``restricted_mean`` the mean within a horizon, which needs no guess about what
comes after. Times are in one unit of one's own, not negative.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

LEVEL = 0.95
# a group of fewer says nothing, and could name somebody
FEWEST = 5
# sums of shares differ in the last digits
_ROUNDING = 1e-9
_HALF = 0.5 + _ROUNDING
_GROUP = [("journey_phase", pa.string()), ("segment_kind", pa.string()), ("segment", pa.string())]
_CURVE = pa.schema(
    [
        *_GROUP,
        ("days", pa.float64()),
        ("at_risk_count", pa.int64()),
        ("moved_count", pa.int64()),
        ("censored_count", pa.int64()),
        ("waiting_rate", pa.float64()),
        ("waiting_rate_low", pa.float64()),
        ("waiting_rate_high", pa.float64()),
    ]
)
_SUMMARY = pa.schema(
    [
        *_GROUP,
        ("person_count", pa.int64()),
        ("moved_count", pa.int64()),
        ("censored_count", pa.int64()),
        ("median_days", pa.float64()),
        ("median_days_low", pa.float64()),
        ("median_days_high", pa.float64()),
        ("restricted_mean_days", pa.float64()),
        ("restricted_mean_error", pa.float64()),
        ("logrank_statistic", pa.float64()),
        ("logrank_degrees", pa.int64()),
        ("logrank_p_value", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Curve:
    """A curve of who is still waiting, as arrays with an entry for each time at which anything happened.

    Attributes:
        times: Ascending; those at which somebody got there or was censored.
        at_risk: How many were waiting just before.
        events: How many got there then.
        censored: How many were lost sight of then; they count as waiting at that time.
        waiting: The share that waits longer than this.
        low: The lower end of its 95 % interval; NaN before the first event, and where all got there.
        high: The upper end.
    """

    times: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]
    waiting: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Difference:
    """How sure it is that groups differ: the statistic, its degrees of freedom, and p."""

    statistic: float
    degrees: int
    p_value: float


def curve(times: NDArray[np.float64], happened: NDArray[np.bool_]) -> Curve:
    """Return Kaplan and Meier's curve.

    Args:
        times: Shape (n,): how long each waited so far.
        happened: Shape (n,): whether it ended by getting there; otherwise it is censored.

    Raises:
        ValueError: There is nobody.
    """
    if not len(times):
        raise ValueError("a curve is of somebody")
    sample = stats.CensoredData(uncensored=times[happened], right=times[~happened])
    estimate = stats.ecdf(sample).sf
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # it has none before the first event, nor where all got there
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = estimate.confidence_interval(LEVEL, method="log-log")
    distinct, place = np.unique(times, return_inverse=True)
    events = np.bincount(place, weights=happened).astype(np.int64)
    censored = np.bincount(place, weights=~happened).astype(np.int64)
    left = np.cumsum(events + censored)
    return Curve(
        times=distinct,
        at_risk=len(times) - np.concatenate([[0], left[:-1]]),
        events=events,
        censored=censored,
        waiting=estimate.evaluate(distinct),
        low=interval.low.evaluate(distinct),
        high=interval.high.evaluate(distinct),
    )


def median(found: Curve) -> tuple[float | None, float | None, float | None]:
    """Return the time by which half got there, with its 95 % interval; None where it is not known yet.

    The interval is Brookmeyer and Crowley's: the times at which the interval of the curve holds a half.
    """
    first, low, high = (
        found.times[reached][0] if (reached := share <= _HALF).any() else None
        for share in (found.waiting, found.low, found.high)
    )
    return first, low, high


def restricted_mean(found: Curve, horizon: float) -> tuple[float, float] | None:
    """Return the mean time spent waiting within a horizon, and its standard error.

    None where the curve is not known so far: the last one seen is censored before the horizon.
    """
    known_until = found.times[-1]
    if known_until < horizon and found.waiting[-1] > 0:
        return None
    inside = found.times < horizon
    edges = np.concatenate([[0.0], found.times[inside], [horizon]])
    heights = np.concatenate([[1.0], found.waiting[inside]])
    areas = heights * np.diff(edges)
    # the area behind each time at which somebody got there is what that person's time decides
    behind = np.cumsum(areas[::-1])[::-1][1:]
    at_risk, events = found.at_risk[inside], found.events[inside]
    counts = (events > 0) & (at_risk > events)
    spread = behind[counts] ** 2 * events[counts] / (at_risk * (at_risk - events))[counts]
    return float(areas.sum()), float(np.sqrt(spread.sum()))


def logrank(
    times: NDArray[np.float64], happened: NDArray[np.bool_], groups: NDArray[Any]
) -> Difference | None:
    """Return the log-rank test of two groups or more; None where nothing can be compared.

    Args:
        times: Shape (n,): how long each waited so far.
        happened: Shape (n,): whether it ended by getting there.
        groups: Shape (n,): whose group each is.
    """
    names, place = np.unique(groups, return_inverse=True)
    moments = np.unique(times[happened])
    if len(names) < 2 or not len(moments):  # noqa: PLR2004 - one group differs from nothing
        return None
    # shape (moments, groups): who waits just before, and who gets there
    at_risk = np.stack(
        [
            (place == one).sum() - np.searchsorted(np.sort(times[place == one]), moments)
            for one in range(len(names))
        ],
        axis=1,
    ).astype(float)
    events = np.zeros_like(at_risk)
    np.add.at(events, (np.searchsorted(moments, times[happened]), place[happened]), 1)
    whole, moved = at_risk.sum(axis=1), events.sum(axis=1)
    shares = at_risk / whole[:, None]
    excess = (events - shares * moved[:, None]).sum(axis=0)
    weight = moved * (whole - moved) / np.maximum(whole - 1, 1)
    variance = (
        np.diag((weight[:, None] * shares).sum(axis=0)) - (shares * weight[:, None]).T @ shares
    )
    # the last group follows from the others, up to rounding
    degrees = int(np.linalg.matrix_rank(variance, tol=_ROUNDING, hermitian=True))
    if not degrees:
        return None
    statistic = float(excess @ np.linalg.pinv(variance, _ROUNDING, hermitian=True) @ excess)
    return Difference(statistic, degrees, float(stats.chi2.sf(statistic, degrees)))


def curves(waits: pa.Table) -> pa.Table:
    """Return the curve of each group that is large enough.

    Args:
        waits: Columns ``journey_phase``, ``segment_kind``, ``segment``, ``days``, and how many got there
            (``moved_count``) or were censored (``censored_count``) after so many.
    """
    rows = []
    for group, days, moved in _groups(waits):
        found = curve(days, moved)
        columns = (
            found.times, found.at_risk, found.events, found.censored,
            found.waiting, found.low, found.high,
        )  # fmt: skip
        rows += [(*group, *values) for values in zip(*map(_plain, columns), strict=True)]
    return _table(rows, _CURVE)


def summaries(waits: pa.Table, horizon: float) -> pa.Table:
    """Return median, restricted mean and the difference between the segments of a kind.

    Args:
        waits: As for ``curves``.
        horizon: In days, of the restricted mean.
    """
    rows = []
    for _, kind in groupby(_groups(waits), lambda found: found[0][:2]):
        members = list(kind)
        difference = logrank(
            np.concatenate([days for _, days, _ in members]),
            np.concatenate([moved for _, _, moved in members]),
            np.repeat(np.arange(len(members)), [len(days) for _, days, _ in members]),
        )
        for group, days, moved in members:
            found = curve(days, moved)
            mean = restricted_mean(found, horizon) or (None, None)
            counts = (len(days), int(moved.sum()), int((~moved).sum()))
            tested = (
                (difference.statistic, difference.degrees, difference.p_value)
                if difference
                else (None, None, None)
            )
            rows.append((*group, *counts, *median(found), *mean, *tested))
    return _table(rows, _SUMMARY)


def _groups(
    waits: pa.Table,
) -> Iterator[tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.bool_]]]:
    """Yield each group that is large enough, in the order of its names."""
    ordered = waits.sort_by([(name, "ascending") for name, _ in _GROUP])
    rows = ordered.to_pylist()
    for group, found in groupby(rows, lambda row: tuple(row[name] for name, _ in _GROUP)):
        members = list(found)
        counts = [(row["moved_count"], row["censored_count"]) for row in members]
        if sum(map(sum, counts)) >= FEWEST:
            days = np.array([row["days"] for row in members], dtype=np.float64)
            yield (
                group,
                np.repeat(np.repeat(days, 2), np.ravel(counts)),
                np.repeat(np.tile([True, False], len(members)), np.ravel(counts)),
            )


def _plain(values: NDArray[Any]) -> list[Any]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.table(
        [pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
