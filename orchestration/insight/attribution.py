"""What share of conversions would be lost without a channel, by a Markov chain of the paths to them.

A path is what brought somebody, one contact after the other. Each step leads from one channel to the next
as often as paths do; the last one leads to a conversion or to nothing. To remove a channel means that
whoever comes to it is lost. The chain is solved, not simulated: its absorption is a system of linear
equations (Anderl, Becker, von Wangenheim & Schumann 2016, "Mapping the customer journey").
"""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

# between the channels of a path as text; no channel's name has it
ARROW = " > "
_GROUP = ("window_days", "conversion_kind")
_REMOVALS = pa.schema(
    [
        ("window_days", pa.int64()),
        ("conversion_kind", pa.string()),
        ("channel", pa.string()),
        ("removal_effect", pa.float64()),
    ]
)


def removal_effects(
    paths: Iterable[tuple[tuple[str, ...], int, int]],
) -> dict[str, float]:
    """Return which share of the conversions is lost without each channel; empty if nothing converts.

    Args:
        paths: The channels of each path in order, at least one; how many conversions it led to, and
            how often it led to none.
    """
    known = list(paths)
    channels = sorted({channel for path, _, _ in known for channel in path})
    if not sum(converted for _, converted, _ in known):
        return {}
    place = {channel: row for row, channel in enumerate(channels)}
    steps = np.zeros((len(channels), len(channels)))
    started, converted_from = np.zeros(len(channels)), np.zeros(len(channels))
    left = np.zeros(len(channels))
    for path, converted, lost in known:
        count = converted + lost
        started[place[path[0]]] += count
        converted_from[place[path[-1]]] += converted
        for channel in path:
            left[place[channel]] += count
        for one, following in pairwise(path):
            steps[place[one], place[following]] += count
    onwards, converting = steps / left[:, None], converted_from / left
    start = started / started.sum()
    whole = _conversion_rate(onwards, converting, start)
    effects = {}
    for channel, gone in place.items():
        stays = np.arange(len(channels)) != gone
        rate = _conversion_rate(onwards[np.ix_(stays, stays)], converting[stays], start[stays])
        effects[channel] = min(max(1 - rate / whole, 0.0), 1.0)
    return effects


def removals(paths: pa.Table) -> pa.Table:
    """Return the removal effect of each channel, by look-back window and kind of conversion.

    Args:
        paths: Columns ``window_days``, ``conversion_kind``, ``path`` (channels with an arrow between
            them), ``converted_count`` and ``lost_count``.
    """
    found = []
    ordered = paths.sort_by([(name, "ascending") for name in (*_GROUP, "path")])
    for group, rows in groupby(ordered.to_pylist(), lambda row: tuple(row[of] for of in _GROUP)):
        counted = [
            (tuple(row["path"].split(ARROW)), row["converted_count"], row["lost_count"])
            for row in rows
        ]
        found += [(*group, *effect) for effect in sorted(removal_effects(counted).items())]
    columns = zip(*found, strict=True) if found else ([] for _ in _REMOVALS)
    return pa.table(
        [
            pa.array(list(column), field.type)
            for column, field in zip(columns, _REMOVALS, strict=True)
        ],
        schema=_REMOVALS,
    )


def _conversion_rate(
    onwards: NDArray[np.float64], converting: NDArray[np.float64], start: NDArray[np.float64]
) -> float:
    """Return how probable a conversion is from the start: the chain's absorption there."""
    return float(start @ np.linalg.solve(np.eye(len(converting)) - onwards, converting))
