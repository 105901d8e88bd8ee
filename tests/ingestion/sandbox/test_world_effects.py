"""What retains the simulated company's customers is planted, and can be found in what happened."""

from __future__ import annotations

import secrets
from datetime import date

import numpy as np
import pytest

from ingestion.sandbox.company import accounts, contracts, persons, support
from ingestion.sandbox.company.clock import World
from ingestion.sandbox.company.draws import DAY, NEVER, Chance

START, UNTIL = date(2024, 5, 20), date(2026, 5, 20)


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("seed") or secrets.randbelow(1_000_000))


@pytest.fixture(scope="module")
def months_at_risk(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return causes and outcomes: a row per account and month in which it could have left."""
    lived = World(seed, 25_000, 24, START, UNTIL)
    chance = Chance(seed)
    people = persons.simulate(lived, chance)
    firms = accounts.simulate(people, chance)
    asked = support.simulate(lived, people, firms, chance)
    median = support.median_response(people, firms, asked)
    agreed = contracts.simulate(lived, people, firms, median, chance)
    first = np.where(agreed.gap_from < NEVER, agreed.gap_from, agreed.ended)
    monthly = np.zeros(firms.count, dtype=bool)
    monthly[agreed.account[(agreed.plan < contracts.TIERS) & (agreed.run == 0)]] = True
    paying = monthly & (firms.first_payment < lived.now)
    left = first < lived.now
    length = (np.where(left, first, lived.now) - firms.first_payment) / (365.25 / 12 * DAY)
    months = np.where(left, np.round(length), np.floor(length)).astype(int)
    level = contracts.response_level(median)
    causes = np.stack(
        [
            np.ones(firms.count),
            level == contracts.RESPONSES.index("5_to_60_min"),
            level == contracts.RESPONSES.index("over_60_min"),
            level == contracts.RESPONSES.index("none"),
            firms.onboarding_booked < NEVER,
            firms.slow_share,
            people.size == persons.SIZES.index("medium"),
            people.size == persons.SIZES.index("large"),
        ],
        axis=1,
    ).astype(float)
    rows = np.repeat(np.flatnonzero(paying), np.maximum(months[paying], 0))
    last = np.r_[rows[1:] != rows[:-1], True]
    return causes[rows], (last & left[rows]).astype(float)


def _logistic(causes: np.ndarray, outcomes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit by Newton's method; return coefficients and their standard errors."""
    fitted = np.zeros(causes.shape[1])
    for _ in range(25):
        expected = 1 / (1 + np.exp(-causes @ fitted))
        curvature = (causes * (expected * (1 - expected))[:, None]).T @ causes
        fitted += np.linalg.solve(curvature, causes.T @ (outcomes - expected))
    return fitted, np.sqrt(np.diag(np.linalg.inv(curvature)))


def test_planted_effects_are_found_when_company_size_is_held_constant(
    months_at_risk: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    planted = [
        contracts.BY_RESPONSE["5_to_60_min"],
        contracts.BY_RESPONSE["over_60_min"],
        contracts.BY_RESPONSE["none"],
        contracts.ONBOARDING_BOOKED,
        contracts.SLOW_PAGES,
    ]
    found, error = _logistic(*months_at_risk)
    for effect, estimate, spread in zip(planted, found[1:6], error[1:6], strict=True):
        assert abs(estimate - effect) < 4 * spread + 0.1, f"seed {seed}"
    slow_answers, booked, slow_pages = found[[2, 4, 5]] / error[[2, 4, 5]]
    assert slow_answers > 3, f"seed {seed}"
    assert booked < -3, f"seed {seed}"
    assert slow_pages > 3, f"seed {seed}"


def test_company_size_confounds_who_is_not_held_constant(
    months_at_risk: tuple[np.ndarray, np.ndarray], seed: int
) -> None:
    causes, outcomes = months_at_risk
    alone, booked = causes[:, [0, 4]], 1
    by_size, _ = _logistic(np.c_[alone, causes[:, 6:]], outcomes)
    naive, _ = _logistic(alone, outcomes)
    # larger companies book more often and stay anyway, so booking seems to do more than it does
    assert naive[booked] < by_size[booked] - 0.08, f"seed {seed}"
