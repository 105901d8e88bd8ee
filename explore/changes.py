"""Which figures changed from one month to another by more than chance would do.

Only shares and means can be asked: a count has no cases that were drawn, and so no interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from explore import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explore.metrics import Figure

# of the changes that are called sure, at most this share is expected to be chance
FALSE_AT_MOST = 0.05


@dataclass(frozen=True)
class Change:
    """A metric in two months.

    Attributes:
        metric: Its name in the catalogue.
        before: The figure of the earlier month.
        now: The figure of the later month.
        low: Lower end of the 95 % interval of the difference, in the metric's unit.
        high: Its upper end.
        p_value: How likely so large a difference would be if nothing had changed.
    """

    metric: str
    before: Figure
    now: Figure
    low: float
    high: float
    p_value: float

    @property
    def difference(self) -> float:
        """Return what the later figure has more."""
        return (self.now.value or 0) - (self.before.value or 0)


def sure(pairs: Mapping[str, tuple[Figure, Figure]]) -> list[Change]:
    """Return the changes that are more than chance, the surest first.

    All metrics are asked at once, so that some would seem to change by chance alone: of those
    returned at most ``FALSE_AT_MOST`` are expected to be such (Y. Benjamini and Y. Hochberg, Journal
    of the Royal Statistical Society B 57, 1995).

    Args:
        pairs: The earlier and the later figure by metric.
    """
    asked = [
        change
        for metric, (before, now) in sorted(pairs.items())
        if (change := between(metric, before, now))
    ]
    asked.sort(key=lambda change: change.p_value)
    count = len(asked)
    passed = [
        rank
        for rank, change in enumerate(asked, 1)
        if change.p_value <= FALSE_AT_MOST * rank / count
    ]
    return asked[: max(passed, default=0)]


def between(metric: str, before: Figure, now: Figure) -> Change | None:
    """Return how a metric differs between two months; None where either has no interval."""
    if before.has_too_few or now.has_too_few:
        return None
    values, ends = (before.value, now.value), (before.interval, now.interval)
    if values[0] is None or values[1] is None or ends[0] is None or ends[1] is None:
        return None
    difference = values[1] - values[0]
    low, high = intervals.difference(values[0], ends[0], values[1], ends[1])
    # the side that reaches towards no change tells how far from it the difference is
    reach = difference - low if difference > 0 else high - difference
    if reach <= 0:
        p_value = 0.0 if difference else 1.0
    else:
        p_value = 2 * (1 - NormalDist().cdf(intervals.Z * abs(difference) / reach))
    return Change(metric, before, now, low, high, p_value)
