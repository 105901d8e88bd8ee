"""Intervals against figures that others have published."""

from __future__ import annotations

import pytest

from explore import intervals


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
# (1998), table I, method 3: Wilson's score interval without continuity correction
@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_of_newcombe(
    hits: int, cases: int, low: float, high: float
) -> None:
    assert intervals.wilson(hits, cases) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_of_a_share_stays_between_none_and_all() -> None:
    nobody, everybody = intervals.wilson(0, 3), intervals.wilson(3, 3)
    assert nobody is not None
    assert everybody is not None
    assert nobody[0] == 0
    assert everybody[1] == 1
    assert nobody[1] == pytest.approx(1 - everybody[0])


def test_without_cases_there_is_no_interval() -> None:
    assert intervals.wilson(0, 0) is None
    assert intervals.mean(0, 0, 0) is None
    assert intervals.mean(5, 25, 1) is None


def test_the_interval_of_a_mean_follows_from_its_sums() -> None:
    # 2, 4, 4, 4, 5, 5, 7, 9: mean 5, sum of squared deviations 32, standard error sqrt(32/7/8)
    values = [2, 4, 4, 4, 5, 5, 7, 9]
    spread = 1.959964 * (32 / 7 / 8) ** 0.5
    found = intervals.mean(sum(values), sum(value**2 for value in values), len(values))
    assert found == pytest.approx((5 - spread, 5 + spread))


def nps(promoters: int, passives: int, detractors: int) -> tuple[float, float] | None:
    return intervals.net_promoter(
        100 * (promoters - detractors),
        100**2 * (promoters + detractors),
        promoters + passives + detractors,
    )


def test_a_net_promoter_score_has_the_adjusted_interval() -> None:
    # worked by hand: 39 answers, 19.75 / 39 and 5.75 / 39, variance (p + d - (p - d)^2) / 39
    assert nps(19, 12, 5) == pytest.approx((13.16, 58.64), abs=0.01)


def test_the_interval_of_a_net_promoter_score_has_two_sides_alike() -> None:
    one, other = nps(7, 3, 2), nps(2, 3, 7)
    assert one is not None
    assert other is not None
    assert one == pytest.approx((-other[1], -other[0]))
    # where everybody says the same it is not sure either
    everybody = nps(4, 0, 0)
    assert everybody is not None
    assert everybody[0] < 90
    assert everybody[1] == 100
    assert nps(0, 0, 0) is None


# Newcombe, "Interval estimation for the difference between independent proportions: comparison of
# eleven methods", Statistics in Medicine 17 (1998), table II, method 10
@pytest.mark.parametrize(
    ("more", "less", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_the_difference_of_two_shares_is_that_of_newcombe(
    more: tuple[int, int], less: tuple[int, int], low: float, high: float
) -> None:
    of_more, of_less = intervals.wilson(*more), intervals.wilson(*less)
    assert of_more is not None
    assert of_less is not None
    found = intervals.difference(less[0] / less[1], of_less, more[0] / more[1], of_more)
    assert found == pytest.approx((low, high), abs=6e-5)
