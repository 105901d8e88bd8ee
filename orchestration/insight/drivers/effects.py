"""The effect of one yes or no on another, adjusted for what else differs between the two sides.

``adjusted`` is the doubly robust estimate of Robins, Rotnitzky and Zhao (AIPW): one model says how
likely a row was to be on the good side, another how likely it was to stay. The estimate is right if
either model is. Each row is predicted by models that have not seen its account (Chernozhukov and
others 2018). The interval is robust to rows of one account being alike.

Both models are logistic regressions with a ridge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from orchestration.insight import logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95
FOLDS = 5
# a row that was less likely than this to be on its side has no counterpart worth comparing
LEAST_CHANCE = 0.05
_SEED = 20260601
# as if each standardised confounder's log odds were drawn with a standard deviation of 0.2, and each
# other driver's of 0.08: a few dozen departures cannot carry two dozen columns taken at their word, and
# most candidates are nobody's confounder. Many rows outweigh it.
RIDGE = {"confounder": 25.0, "driver": 150.0}


@dataclass(frozen=True)
class Effect:
    """What the good side does to the share that stays, with its uncertainty.

    Attributes:
        stays_good: The share that would stay if all were on the good side.
        stays_bad: The share that would stay if all were on the bad side.
        value: Their difference.
        error: Its standard error.
        low: The lower end of its 95 % interval.
        high: The upper end.
        p_value: How likely a difference as large is if there is none.
        leaves_ratio_error: The standard error of the logarithm of the ratio of those who leave.
        overlap: The share of rows that could well have been on either side.
    """

    stays_good: float
    stays_bad: float
    value: float
    error: float
    low: float
    high: float
    p_value: float
    leaves_ratio_error: float
    overlap: float


def adjusted(
    stayed: NDArray[np.bool_],
    good: NDArray[np.bool_],
    covariates: NDArray[np.float64],
    ridge: NDArray[np.float64],
    accounts: NDArray[np.int64],
) -> Effect:
    """Return the adjusted effect of being on the good side.

    Args:
        stayed: Shape (n,): the outcome.
        good: Shape (n,): on which side each row was.
        covariates: Shape (n, k): what is held constant, standardised.
        ridge: Shape (k,): how far each of them is held back, as in ``RIDGE``.
        accounts: Shape (n,): to which account each row belongs, numbered from 0.

    Raises:
        ValueError: A side is empty, or all or none stayed.
    """
    if good.all() or not good.any() or stayed.all() or not stayed.any():
        raise ValueError("an effect needs both sides and both outcomes")
    chance, if_good, if_bad = _predicted(stayed, good, covariates, ridge, accounts)
    overlap = float(((chance > LEAST_CHANCE) & (chance < 1 - LEAST_CHANCE)).mean())
    chance = chance.clip(LEAST_CHANCE, 1 - LEAST_CHANCE)
    parts = np.stack(
        [
            if_good + good * (stayed - if_good) / chance,
            if_bad + ~good * (stayed - if_bad) / (1 - chance),
        ]
    )
    stays = parts.mean(axis=1)
    sums = np.stack(
        [np.bincount(accounts, part - mean) for part, mean in zip(parts, stays, strict=True)]
    )
    count = len(np.unique(accounts))
    covariance = sums @ sums.T / len(stayed) ** 2 * count / max(count - 1, 1)
    value = float(stays[0] - stays[1])
    error = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
    # few accounts on the smaller side leave the error itself uncertain
    freedom = max(min(len(np.unique(accounts[side])) for side in (good, ~good)) - 1, 1)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    left = np.maximum(1 - stays, 1 / (2 * len(stayed)))
    slope = np.array([-1, 1]) / left
    return Effect(
        stays_good=float(stays[0]),
        stays_bad=float(stays[1]),
        value=value,
        error=error,
        low=value - reach,
        high=value + reach,
        p_value=float(2 * stats.t.sf(abs(value) / error, freedom)) if error else 1.0,
        leaves_ratio_error=float(np.sqrt(slope @ covariance @ slope)),
        overlap=overlap,
    )


def unadjusted(stayed: NDArray[np.bool_], good: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the plain difference of the shares that stayed, and the p of the usual test of it."""
    counts = np.array([good.sum(), (~good).sum()])
    shares = np.array([stayed[good].mean(), stayed[~good].mean()])
    pooled = stayed.mean()
    error = np.sqrt(pooled * (1 - pooled) * (1 / counts).sum())
    value = float(shares[0] - shares[1])
    return value, float(2 * stats.norm.sf(abs(value) / error)) if error else 1.0


def _predicted(
    stayed: NDArray[np.bool_],
    good: NDArray[np.bool_],
    covariates: NDArray[np.float64],
    ridge: NDArray[np.float64],
    accounts: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each row's chance of the good side, and of staying on either, by others' rows."""
    everybody = np.unique(accounts)
    drawn = np.random.default_rng(_SEED).permutation(len(everybody)) % FOLDS
    fold = drawn[np.searchsorted(everybody, accounts)]
    given = np.column_stack([np.ones(len(good)), covariates])
    both = np.column_stack([given, good])
    as_good, as_bad = both.copy(), both.copy()
    as_good[:, -1], as_bad[:, -1] = 1, 0
    # neither the constant nor what is asked for is held back
    free = np.concatenate([[logistic.FREE], ridge, [logistic.FREE]])
    chance, if_good, if_bad = (np.empty(len(good)) for _ in range(3))
    for one in range(FOLDS):
        held = fold == one
        sides = logistic.fitted(given[~held], good[~held], free[:-1])
        outcomes = logistic.fitted(both[~held], stayed[~held], free)
        chance[held] = logistic.chance(given[held], sides)
        if_good[held] = logistic.chance(as_good[held], outcomes)
        if_bad[held] = logistic.chance(as_bad[held], outcomes)
    return chance, if_good, if_bad
