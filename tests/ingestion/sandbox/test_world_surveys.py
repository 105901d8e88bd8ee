"""What people answer to surveys follows from what they experienced, and who answers from the score."""

from __future__ import annotations

import secrets
from datetime import date

import numpy as np
import pytest

from ingestion.sandbox import whole
from ingestion.sandbox.company import contracts, surveys
from ingestion.sandbox.company.clock import World
from ingestion.sandbox.company.surveys import CSAT, NPS, Asked

UNTIL = date(2026, 5, 20)


@pytest.fixture(scope="module")
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("seed") or secrets.randbelow(1_000_000))


@pytest.fixture(scope="module")
def asked(seed: int) -> Asked:
    """Return everybody who was asked in a company large enough to tell effects from chance."""
    lived = World(seed, 6000, 24, date(2024, 5, 20), UNTIL)
    return surveys.simulate(whole.simulate(lived))


def difference(score: np.ndarray, treated: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """Return a difference of means and four of its standard errors."""
    one, other = score[treated].astype(float), score[base].astype(float)
    error = np.sqrt(one.var() / len(one) + other.var() / len(other))
    return float(one.mean() - other.mean()), float(4 * error)


def test_slow_answers_lower_the_score_that_would_be_given(asked: Asked) -> None:
    level = contracts.response_level(asked.first_response_s)
    quarterly = asked.kind == NPS
    slow, quick = quarterly & (level == 2), quarterly & (level == 0)
    # planted is -1.9 on a scale that ends at ten; size and onboarding move along with it
    effect, error = difference(asked.score, slow, quick)
    assert -2.9 < effect < -0.9
    assert error < 1
    after = asked.kind == CSAT
    late, early = asked.first_response_s > 3600, asked.first_response_s < 300
    effect, error = difference(asked.score, after & late, after & early)
    assert effect + error < -0.5


def test_onboarding_and_the_new_wording_raise_it(asked: Asked) -> None:
    quarterly = (asked.kind == NPS) & (contracts.response_level(asked.first_response_s) == 3)
    effect, error = difference(
        asked.score, quarterly & asked.is_onboarded, quarterly & ~asked.is_onboarded
    )
    assert effect + error > 0.3
    effect, error = difference(
        asked.score, quarterly & asked.is_reworded, quarterly & ~asked.is_reworded
    )
    assert effect + error > -0.2
    assert effect - error < 1.0
    assert set(asked.shift[quarterly & asked.is_reworded].tolist()) == {0.4}


def test_what_is_measured_is_not_what_is_felt(asked: Asked) -> None:
    quarterly = asked.kind == NPS
    answered = quarterly & (asked.answered_ms < 2**60)
    assert 0.2 < answered.sum() / quarterly.sum() < 0.45
    gap = asked.score[answered].mean() - asked.score[quarterly].mean()
    assert gap > 0.1


def test_several_answers_of_a_person_and_pages_in_order(asked: Asked) -> None:
    answered = asked.where((asked.kind == NPS) & (asked.answered_ms < 2**60))
    _, counts = np.unique(answered.person, return_counts=True)
    assert counts.max() > 2
    assert (answered.answered_ms > answered.sent_ms).all()
    assert (answered.finished_ms > answered.answered_ms).all()
