"""How often customers will buy again, who may come back any time or never: the BG/NBD model.

While a customer is one, purchases come at a rate of their own; after each purchase the customer may leave
unseen. Rates are gamma distributed over customers (``r``, ``alpha``), chances of leaving beta distributed
(``a``, ``b``). Fader, Hardie & Lee 2005, "Counting your customers the easy way", Marketing Science 24(2). Times
are in one unit of one's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from orchestration.insight.lifetime import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray

# at a = 1 the expectation is a limit: a hair beside it is the same
_HAIR = 1e-6


@dataclass(frozen=True)
class Buyers:
    """What is known of each customer, as arrays of one length.

    Attributes:
        repeats: Purchases after the first; several on one day are one.
        recency: From the first purchase to the last one; 0 without repeats.
        age: From the first purchase to now.
    """

    repeats: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]


def fit(buyers: Buyers) -> fitting.Fit:
    """Return ``r``, ``alpha``, ``a`` and ``b``.

    Raises:
        fitting.NoFitError: The data do not say what they are.
    """
    seen, counts = np.unique(
        np.stack([buyers.repeats, buyers.recency, buyers.age]), axis=1, return_counts=True
    )
    distinct = Buyers(*seen)
    typical = max(float(buyers.age.mean()), 1.0)
    return fitting.highest(
        lambda parameters: float(counts @ log_likelihoods(parameters, distinct)),
        np.array([0.5, typical / 4, 1.0, 2.0]),
    )


def log_likelihoods(parameters: NDArray[np.float64], buyers: Buyers) -> NDArray[np.float64]:
    """Return how likely each customer's purchases are, as logarithms."""
    r, alpha, a, b = parameters
    x, recency, age = buyers.repeats, buyers.recency, buyers.age
    rate = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    staying = special.betaln(a, b + x) - special.betaln(a, b)
    stayed = -(r + x) * np.log(alpha + age)
    left = np.where(
        x > 0,
        np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency),
        -np.inf,
    )
    found: NDArray[np.float64] = rate + staying + np.logaddexp(stayed, left)
    return found


def alive(parameters: NDArray[np.float64], buyers: Buyers) -> NDArray[np.float64]:
    """Return how probable it is that each customer still is one."""
    r, alpha, a, b = parameters
    x = buyers.repeats
    against = (
        np.log(a)
        - np.log(b + np.maximum(x, 1) - 1)
        + (r + x) * (np.log(alpha + buyers.age) - np.log(alpha + buyers.recency))
    )
    return np.where(x > 0, special.expit(-against), 1.0)


def expected(
    parameters: NDArray[np.float64], buyers: Buyers, horizon: float
) -> NDArray[np.float64]:
    """Return how many purchases are expected of each customer within a time from now.

    This is equation 10 of the paper after Euler's transformation of its hypergeometric function, whose
    arguments then do not grow with the purchases.
    """
    r, alpha, a, b = parameters
    if abs(a - 1) < _HAIR:
        a = 1 + _HAIR
    x = buyers.repeats
    now = alpha + buyers.age
    share = np.power(now / (now + horizon), a - 1) * special.hyp2f1(
        a + b - 1 - r, a - 1, a + b + x - 1, horizon / (now + horizon)
    )
    whole: NDArray[np.float64] = (a + b + x - 1) / (a - 1) * (1 - share)
    return whole * alive(parameters, buyers)
