"""How much customers spend on a purchase: the gamma-gamma model.

A customer's purchases vary around a mean of their own, which does not depend on how often they buy. Means are
distributed over customers by ``p``, ``q`` and ``v``. Fader & Hardie 2013, "The gamma-gamma model of monetary
value" (brucehardie.com/notes/025).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from orchestration.insight.lifetime import fitting

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fit(counts: NDArray[np.float64], means: NDArray[np.float64]) -> fitting.Fit:
    """Return ``p``, ``q`` and ``v``.

    Args:
        counts: Shape (n,): how many purchases of each customer are known, at least 1.
        means: Shape (n,): what they spent on them on average, more than 0.

    Raises:
        fitting.NoFitError: The data do not say what they are.
    """
    # in a unit of their own: amounts may be of any size
    typical = float(means.mean())
    means = means / typical

    def log_likelihood(parameters: NDArray[np.float64]) -> float:
        p, q, v = parameters
        shape = p * counts
        return float(
            np.sum(
                special.gammaln(shape + q)
                - special.gammaln(shape)
                - special.gammaln(q)
                + q * np.log(v)
                + (shape - 1) * np.log(means)
                + shape * np.log(counts)
                - (shape + q) * np.log(counts * means + v)
            )
        )

    found = fitting.highest(log_likelihood, np.array([2.0, 3.0, 1.0]))
    return replace(
        found,
        values=found.values * np.array([1.0, 1.0, typical]),
        log_likelihood=found.log_likelihood - len(means) * float(np.log(typical)),
    )


def expected(
    parameters: NDArray[np.float64], counts: NDArray[np.float64], means: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what each customer will spend on a purchase; infinite where no mean exists.

    Args:
        parameters: As ``fit`` gives them.
        counts: Purchases known of each; 0 says nothing of them, and they spend as all do.
        means: What they spent on them; any number where there are none.
    """
    p, q, v = parameters
    known = np.where(counts > 0, counts * means, 0.0)
    below = p * counts + q - 1
    return np.where(below > 0, p * (v + known) / np.where(below > 0, below, 1.0), np.inf)
