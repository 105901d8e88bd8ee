"""How far a finding can be trusted: many questions at once, and what nobody recorded.

``false_discovery`` is the procedure of Benjamini and Hochberg (1995). ``e_value`` is the bound of
VanderWeele and Ding (2017): how strongly something hidden would have to go along both with the side
and with leaving, as a ratio of risks, to explain the finding away. 1 means that nothing is needed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_SURE = 1.959964
# 80 % power at 5 %: so many standard errors away an effect is found four times in five
FOUND_FROM = 2.80


def false_discovery(p_values: Sequence[float]) -> list[float]:
    """Return the q of each p: the share of false findings among all that are at least as clear."""
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")[::-1]
    ranks = np.arange(count, 0, -1)
    found = np.minimum.accumulate(np.asarray(p_values, dtype=float)[order] * count / ranks)
    q_values = np.empty(count)
    q_values[order] = np.minimum(found, 1)
    return [float(value) for value in q_values]


def e_value(ratio: float) -> float:
    """Return the bound for a ratio of risks; it is the same for a ratio and its inverse."""
    if ratio <= 0:
        return math.inf
    larger = max(ratio, 1 / ratio)
    return larger + math.sqrt(larger * (larger - 1))


def e_value_of_limit(ratio: float, log_error: float) -> float:
    """Return the bound for the end of the 95 % interval that is nearer to no effect."""
    if ratio <= 0:
        return 1.0
    nearer = max(abs(math.log(ratio)) - _SURE * log_error, 0.0)
    return e_value(math.exp(nearer))
