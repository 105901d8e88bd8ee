"""How long subscribers stay: the shifted beta-geometric model.

Each subscriber may leave at the end of each month with a chance of their own, which is beta distributed over
subscribers (``alpha``, ``beta``). Those who leave easily leave first, so that who has stayed longer stays more
surely. Fader & Hardie 2007, "How to project customer retention", Journal of Interactive Marketing 21(1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from orchestration.insight.lifetime import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fit(months: NDArray[np.int64], has_left: NDArray[np.bool_]) -> fitting.Fit:
    """Return ``alpha`` and ``beta``.

    Args:
        months: Shape (n,): of who left, in which month, from 1; of others, how many they have stayed.
        has_left: Shape (n,).

    Raises:
        fitting.NoFitError: The data do not say what they are.
    """
    seen, counts = np.unique(np.stack([months, has_left]), axis=1, return_counts=True)
    distinct, left = seen[0].astype(float), seen[1].astype(bool)

    def log_likelihood(parameters: NDArray[np.float64]) -> float:
        alpha, beta = parameters
        one = np.where(
            left,
            special.betaln(alpha + 1, beta + distinct - 1),
            special.betaln(alpha, beta + distinct),
        )
        return float(counts @ (one - special.betaln(alpha, beta)))

    return fitting.highest(log_likelihood, np.array([1.0, 3.0]))


def staying(
    parameters: NDArray[np.float64], stayed: NDArray[np.float64], horizon: int
) -> NDArray[np.float64]:
    """Return how probable it is that each is still there after each of the next months.

    Args:
        parameters: As ``fit`` gives them.
        stayed: Shape (n,): how many months each has stayed so far.
        horizon: How many months are looked ahead.

    Returns:
        Shape (n, horizon).
    """
    alpha, beta = parameters
    ahead = np.arange(1, horizon + 1)
    so_far = beta + stayed[:, None]
    shares: NDArray[np.float64] = np.exp(
        special.betaln(alpha, so_far + ahead[None, :]) - special.betaln(alpha, so_far)
    )
    return shares
