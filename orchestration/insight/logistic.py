"""Logistic regression with a ridge, solved by Newton's method: the same rows always give the same figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

# what is not to be held back has a ridge as small as this
FREE = 1e-8
_SETTLED = 1e-8
_STEPS = 30
_LARGEST_LOGIT = 30.0
_LONGEST_STEP = 4.0


def fitted(
    columns: NDArray[np.float64], happened: NDArray[np.bool_], ridge: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the coefficients.

    Args:
        columns: Shape (n, k), the constant among them.
        happened: Shape (n,): the outcome.
        ridge: Shape (k,): how far each coefficient is held back.
    """
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        share = chance(columns, weights)
        slope = columns.T @ (happened - share) - ridge * weights
        curvature = (columns * (share * (1 - share))[:, None]).T @ columns + np.diag(ridge)
        step = np.linalg.solve(curvature, slope)
        # a full step from far away may overshoot
        weights += step / max(1.0, float(np.abs(step).max()) / _LONGEST_STEP)
        if np.abs(step).max() < _SETTLED:
            break
    return weights


def chance(columns: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely it is to happen, by row."""
    logit = (columns @ weights).clip(-_LARGEST_LOGIT, _LARGEST_LOGIT)
    return np.asarray(special.expit(logit))
