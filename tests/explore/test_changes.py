"""What surely changed: against chance that is known, and a list worked by hand."""

from __future__ import annotations

import secrets
from datetime import date

import numpy as np
import pytest
from hypothesis import given, strategies as st

from explore import changes
from explore.metrics import Figure

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)


def share(month: date, hits: int, cases: int) -> Figure:
    return Figure(month, hits, cases, None, cases)


def pair(before: tuple[int, int], now: tuple[int, int]) -> tuple[Figure, Figure]:
    return share(APRIL, *before), share(MAY, *now)


def test_a_change_is_told_with_its_interval() -> None:
    change = changes.between("answered", *pair((48, 80), (56, 70)))
    assert change is not None
    assert change.difference == pytest.approx(0.2)
    # Newcombe (1998), as in test_intervals
    assert (change.low, change.high) == pytest.approx((0.0524, 0.3339), abs=6e-5)
    assert change.p_value < 0.05


def test_without_cases_or_an_interval_nothing_is_said() -> None:
    assert changes.between("few", *pair((1, 4), (4, 4))) is None
    assert changes.between("none", *pair((0, 0), (5, 5))) is None
    count = Figure(APRIL, 10, None, None, 10), Figure(MAY, 900, None, None, 900)
    assert changes.between("count", *count) is None


def test_the_bar_is_higher_where_many_are_asked() -> None:
    # p about 0.03 each: alone it is sure; of twenty that do not differ otherwise it is not
    weak = pair((40, 100), (55, 100))
    alone = changes.between("weak", *weak)
    assert alone is not None
    assert 0.02 < alone.p_value < 0.05
    assert [change.metric for change in changes.sure({"weak": weak})] == ["weak"]
    same = {f"same_{number}": pair((50, 100), (50, 100)) for number in range(20)}
    assert changes.sure({"weak": weak, **same}) == []
    strong = pair((200, 1000), (400, 1000))
    assert [change.metric for change in changes.sure({"strong": strong, **same})] == ["strong"]


def test_where_nothing_changed_hardly_any_month_names_a_change() -> None:
    seed = secrets.randbelow(100_000)
    print(f"seed {seed}")  # noqa: T201 - to repeat it
    drawn = np.random.default_rng(seed)
    rates, cases = drawn.uniform(0.05, 0.95, 30), drawn.integers(20, 400, 30)
    wrong = 0
    for _ in range(400):
        hits = drawn.binomial(cases, rates), drawn.binomial(cases, rates)
        wrong += bool(
            changes.sure(
                {
                    f"metric_{at}": pair(
                        (int(hits[0][at]), int(cases[at])), (int(hits[1][at]), int(cases[at]))
                    )
                    for at in range(30)
                }
            )
        )
    # 5 % is promised; 400 months with that chance exceed 10 % once in a hundred thousand times
    assert wrong <= 40


@given(
    st.tuples(st.integers(0, 50), st.integers(0, 50)),
    st.tuples(st.integers(0, 50), st.integers(0, 50)),
)
def test_the_difference_lies_in_its_interval(before: tuple[int, int], now: tuple[int, int]) -> None:
    change = changes.between("any", *pair((min(before), max(before)), (min(now), max(now))))
    if change is not None:
        assert change.low <= change.difference <= change.high
        assert 0 <= change.p_value <= 1
