"""Adjusted effects: tables whose answer is worked out by hand, and published examples."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.insight.drivers import certainty, effects

NOTHING = np.empty((0,))


def rows(*cells: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return size, side and outcome of cells of (size, side, stayed, how many)."""
    table = np.repeat(np.array([cell[:3] for cell in cells]), [cell[3] for cell in cells], axis=0)
    return table[:, 0], table[:, 1].astype(bool), table[:, 2].astype(bool)


def test_without_anything_to_hold_constant_it_is_the_plain_difference() -> None:
    # 80 of 100 stay on the good side, 60 of 100 on the other
    _, good, stayed = rows((0, 1, 1, 80), (0, 1, 0, 20), (0, 0, 1, 60), (0, 0, 0, 40))
    found = effects.adjusted(stayed, good, np.empty((200, 0)), NOTHING, np.arange(200))

    # the sides are drawn into folds, so it is the difference up to how evenly that went
    assert found.value == pytest.approx(0.2, abs=0.005)
    # the root of the sum of 0.16 and 0.24 in a hundred each
    assert found.error == pytest.approx(0.0632, abs=0.002)
    assert found.low < 0.08
    assert found.high > 0.32
    assert found.overlap == 1


def test_what_the_size_alone_does_is_not_the_sides() -> None:
    # large ones stay (90 %) and are served (80 %); small ones stay less (50 %) and are not (20 %):
    # within either size the sides do not differ
    size, good, stayed = rows(
        (1, 1, 1, 1440), (1, 1, 0, 160), (1, 0, 1, 360), (1, 0, 0, 40),
        (0, 1, 1, 200), (0, 1, 0, 200), (0, 0, 1, 800), (0, 0, 0, 800),
    )  # fmt: skip
    plain, p_value = effects.unadjusted(stayed, good)
    found = effects.adjusted(
        stayed, good, (size[:, None] - 0.5) * 2.0, np.array([25.0]), np.arange(len(size))
    )

    # 1640 of 2000 against 1160 of 2000
    assert plain == pytest.approx(0.24)
    assert p_value < 1e-9
    assert found.value == pytest.approx(0, abs=0.01)
    assert found.low < 0 < found.high


def test_looks_at_one_account_that_are_alike_make_nothing_surer() -> None:
    _, good, stayed = rows((0, 1, 1, 80), (0, 1, 0, 20), (0, 0, 1, 60), (0, 0, 0, 40))
    four, sides = np.repeat(stayed, 4), np.repeat(good, 4)
    once = effects.adjusted(stayed, good, np.empty((200, 0)), NOTHING, np.arange(200))
    of_accounts = effects.adjusted(
        four, sides, np.empty((800, 0)), NOTHING, np.repeat(np.arange(200), 4)
    )
    apart = effects.adjusted(four, sides, np.empty((800, 0)), NOTHING, np.arange(800))

    assert of_accounts.error == pytest.approx(once.error, rel=0.02)
    assert apart.error == pytest.approx(once.error / 2, rel=0.02)


def test_sides_that_nobody_could_have_changed_do_not_overlap() -> None:
    rng = np.random.default_rng(1)
    size = np.repeat([-1.0, 1.0], 1000)
    good = rng.random(2000) < np.where(size > 0, 0.99, 0.01)
    stayed = rng.random(2000) < 0.8
    found = effects.adjusted(stayed, good, size[:, None], np.array([1.0]), np.arange(2000))

    assert found.overlap < 0.05


@pytest.mark.parametrize(
    ("stayed", "good"),
    [([1, 0, 1], [1, 1, 1]), ([1, 0, 1], [0, 0, 0]), ([1, 1, 1], [1, 0, 1]), ([0, 0], [1, 0])],
)
def test_a_side_or_an_outcome_that_nobody_had_is_no_question(
    stayed: list[int], good: list[int]
) -> None:
    count = len(stayed)
    with pytest.raises(ValueError, match="both sides"):
        effects.adjusted(
            np.array(stayed, bool), np.array(good, bool), np.empty((count, 0)), NOTHING,
            np.arange(count),
        )  # fmt: skip


def test_false_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    # the fifteen comparisons of their paper of 1995, section 3.2: four are rejected at 5 %
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ]  # fmt: skip
    shuffled = p_values[::-1]

    assert sum(q <= 0.05 for q in certainty.false_discovery(p_values)) == 4
    # 15 * 0.0095 / 4
    assert certainty.false_discovery(p_values)[3] == pytest.approx(0.035625)
    assert certainty.false_discovery(shuffled) == certainty.false_discovery(p_values)[::-1]
    assert certainty.false_discovery([]) == []


def test_the_bound_of_hidden_causes_is_that_of_vanderweele_and_ding() -> None:
    # their example: a ratio of 3.9 with interval 1.8 to 8.7 has the bounds 7.26 and 3.0
    error = float(np.log(3.9 / 1.8)) / 1.959964

    assert certainty.e_value(3.9) == pytest.approx(7.26, abs=0.01)
    assert certainty.e_value(1 / 3.9) == pytest.approx(7.26, abs=0.01)
    assert certainty.e_value_of_limit(3.9, error) == pytest.approx(3.0)
    # an interval that holds no effect needs nothing hidden
    assert certainty.e_value_of_limit(1.1, 0.2) == 1
