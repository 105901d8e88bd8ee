"""Fitting positive parameters by maximum likelihood, and how sure they are.

A pull towards where the search begins, so weak that a thousand customers outweigh it, keeps the parameters
finite where few customers leave the likelihood flat: that all leave equally easily, for instance, is a ratio of
two parameters of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# logarithms of parameters are sought between these: beyond, the data say only "very small" or "very large"
_LOWEST, _HIGHEST = -9.0, 14.0
# the standard deviation of the pull on logarithms: twenty times as much or as little is unusual
_PULL = 3.0
# of the logarithms, to see how the likelihood bends
_STEP = 1e-3
# standard errors on each side of a 95 % interval
_WIDTH = 1.959964


class NoFitError(Exception):
    """The data do not say what the parameters are: the likelihood has no peak of its own."""


@dataclass(frozen=True)
class Fit:
    """Parameters where the likelihood is highest.

    Attributes:
        values: Shape (k,): the parameters, all positive.
        covariance: Shape (k, k): of their logarithms.
        log_likelihood: The highest.
    """

    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float


def interval(
    of: Callable[[Sequence[NDArray[np.float64]]], NDArray[np.float64]], fits: Sequence[Fit]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return between what figures lie, as sure as the parameters are (95 %, delta method).

    Args:
        of: Positive figures, shape (n,), of the parameters of each fit.
        fits: Independent of each other.
    """
    values = [fit.values for fit in fits]
    middle = np.log(of(values))
    variance = np.zeros_like(middle)
    for place, fit in enumerate(fits):
        slopes = []
        for step in np.eye(len(fit.values)) * _STEP:
            above = [*values[:place], fit.values * np.exp(step), *values[place + 1 :]]
            below = [*values[:place], fit.values * np.exp(-step), *values[place + 1 :]]
            slopes.append((np.log(of(above)) - np.log(of(below))) / (2 * _STEP))
        slope = np.stack(slopes)
        variance += np.einsum("in,ij,jn->n", slope, fit.covariance, slope)
    spread = _WIDTH * np.sqrt(variance)
    return np.exp(middle - spread), np.exp(middle + spread)


def highest(
    log_likelihood: Callable[[NDArray[np.float64]], float], start: NDArray[np.float64]
) -> Fit:
    """Return the parameters that make what was seen most likely.

    Args:
        log_likelihood: Of positive parameters, shape (k,).
        start: Where the search begins, shape (k,).

    Raises:
        NoFitError: The highest likelihood lies at the edge, or is flat.
    """
    origin = np.log(start)

    def loss(logs: NDArray[np.float64]) -> float:
        with np.errstate(all="ignore"):
            value = -log_likelihood(np.exp(logs))
        pull = float(np.sum(((logs - origin) / _PULL) ** 2)) / 2
        return value + pull if np.isfinite(value) else 1e300

    bounds = [(_LOWEST, _HIGHEST)] * len(start)
    found = optimize.minimize(
        loss, origin, method="Nelder-Mead", bounds=bounds,
        options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-5, "fatol": 1e-7, "adaptive": True},
    )  # fmt: skip
    logs = found.x
    near_an_edge = (logs - _LOWEST < 1) | (_HIGHEST - logs < 1)
    if near_an_edge.any() or found.fun >= 1e300:  # noqa: PLR2004 - what loss() says of nothing
        raise NoFitError("the likelihood has no peak")
    bend = _curvature(loss, logs)
    try:
        covariance = np.asarray(np.linalg.inv(bend), dtype=np.float64)
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise NoFitError("the likelihood is flat") from error
    if not np.isfinite(covariance).all():
        raise NoFitError("the likelihood is flat")
    return Fit(np.exp(logs), covariance, log_likelihood(np.exp(logs)))


def _curvature(
    loss: Callable[[NDArray[np.float64]], float], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the second derivatives by central differences."""
    size = len(at)
    steps = np.eye(size) * _STEP
    bend = np.empty((size, size))
    for row in range(size):
        for column in range(row, size):
            bend[row, column] = bend[column, row] = (
                loss(at + steps[row] + steps[column])
                - loss(at + steps[row] - steps[column])
                - loss(at - steps[row] + steps[column])
                + loss(at - steps[row] - steps[column])
            ) / (4 * _STEP**2)
    return bend
