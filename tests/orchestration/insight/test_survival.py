"""Waiting times: the remission times of Freireich et al. 1963, as textbooks and R work them out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy import stats

from orchestration.insight import survival

# weeks in remission of 42 children, as Cox printed them in 1972: 6-mercaptopurine and placebo; those that
# were still in remission are censored
TREATED = np.array([6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35.0])
RELAPSED = np.array([True] * 9 + [False] * 12)
PLACEBO = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23.0])
ALL = np.ones(21, dtype=bool)


def test_the_curve_is_that_of_the_textbooks() -> None:
    # Kleinbaum and Klein, Survival Analysis, table 2.1: weeks, at risk, relapsed, share
    found = survival.curve(TREATED, RELAPSED)
    moved = found.events > 0

    assert list(
        zip(found.times[moved], found.at_risk[moved], found.events[moved], strict=True)
    ) == [(6, 21, 3), (7, 17, 1), (10, 15, 1), (13, 12, 1), (16, 11, 1), (22, 7, 1), (23, 6, 1)]
    assert found.waiting[moved] == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=0.00005
    )
    assert found.censored.sum() == 12


def test_the_interval_is_the_log_log_one() -> None:
    # by hand at week 10: S = 0.7529, Greenwood's sum 3/(21·18) + 1/(17·16) + 1/(15·14) = 0.016375;
    # log(-log S) = -1.2593, its error 0.12796 / 0.28382 = 0.45087
    found = survival.curve(TREATED, RELAPSED)
    (week,) = np.flatnonzero(found.times == 10)

    assert found.low[week] == pytest.approx(0.5032, abs=0.0001)
    assert found.high[week] == pytest.approx(0.8894, abs=0.0001)


def test_the_medians_are_those_of_the_textbooks() -> None:
    # as SAS's PROC LIFETEST prints them with its log-log intervals: 23 (13, .) and 8 (4, 11)
    assert survival.median(survival.curve(TREATED, RELAPSED)) == (23, 13, None)
    assert survival.median(survival.curve(PLACEBO, ALL)) == (8, 4, 11)


def test_the_restricted_means_are_those_of_r() -> None:
    # print(survfit(Surv(time, cens) ~ treat, gehan), rmean = 35) of R's MASS and survival
    treated = survival.restricted_mean(survival.curve(TREATED, RELAPSED), 35)
    placebo = survival.restricted_mean(survival.curve(PLACEBO, ALL), 35)

    assert treated == pytest.approx((23.29, 2.83), abs=0.005)
    assert placebo == pytest.approx((8.67, 1.38), abs=0.005)


def test_a_mean_is_not_told_beyond_what_was_seen() -> None:
    # the last child seen was in remission after 35 weeks
    assert survival.restricted_mean(survival.curve(TREATED, RELAPSED), 36) is None
    # of the placebo all had relapsed, so that nothing is unknown
    assert survival.restricted_mean(survival.curve(PLACEBO, ALL), 1000) is not None


def test_the_log_rank_test_is_that_of_the_textbooks() -> None:
    # Kleinbaum and Klein, chapter 2: 16.793 with one degree of freedom
    found = survival.logrank(
        np.concatenate([TREATED, PLACEBO]),
        np.concatenate([RELAPSED, ALL]),
        np.repeat(["6-MP", "placebo"], 21),
    )

    assert found is not None
    assert found.statistic == pytest.approx(16.793, abs=0.0005)
    assert found.degrees == 1
    assert found.p_value == pytest.approx(0.0000417, abs=0.0000001)


def test_what_cannot_be_compared_is_not_tested() -> None:
    assert survival.logrank(TREATED, RELAPSED, np.repeat(["one"], 21)) is None
    nobody = np.zeros(21, dtype=bool)
    assert survival.logrank(TREATED, nobody, np.arange(21)) is None
    with pytest.raises(ValueError, match="of somebody"):
        survival.curve(np.array([]), np.array([], dtype=bool))


waits = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=25)


def arrays(drawn: list[tuple[int, bool]]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    return np.array([float(time) for time, _ in drawn]), np.array([moved for _, moved in drawn])


@settings(max_examples=150, deadline=None)
@given(waits)
def test_a_curve_is_that_of_a_loop(drawn: list[tuple[int, bool]]) -> None:
    found = survival.curve(*arrays(drawn))

    share = 1.0
    for place, time in enumerate(sorted({time for time, _ in drawn})):
        at_risk = [one for one in drawn if one[0] >= time]
        moved = [one for one in at_risk if one == (time, True)]
        share *= 1 - len(moved) / len(at_risk)
        assert (found.times[place], found.at_risk[place]) == (time, len(at_risk))
        assert found.waiting[place] == pytest.approx(share)


@settings(max_examples=150, deadline=None)
@given(waits, st.integers(1, 9))
def test_a_restricted_mean_is_the_area_under_the_curve(
    drawn: list[tuple[int, bool]], horizon: int
) -> None:
    found = survival.curve(*arrays(drawn))
    mean = survival.restricted_mean(found, horizon)
    assume(mean is not None)
    assert mean is not None

    # a week at a time: the share that waits longer than its beginning
    area = sum(
        np.prod([
            1 - sum(one == (time, True) for one in drawn) / sum(one[0] >= time for one in drawn)
            for time in {time for time, _ in drawn if time <= week}
        ])
        for week in range(horizon)
    )  # fmt: skip
    assert mean[0] == pytest.approx(area)


@settings(max_examples=150, deadline=None)
@given(waits, waits)
def test_two_groups_differ_as_scipy_says(
    left: list[tuple[int, bool]], right: list[tuple[int, bool]]
) -> None:
    both = [arrays(left), arrays(right)]
    found = survival.logrank(
        *(np.concatenate(columns) for columns in zip(*both, strict=True)),
        np.repeat([0, 1], [len(left), len(right)]),
    )
    assume(found is not None)
    assert found is not None
    samples = [
        stats.CensoredData(uncensored=times[moved], right=times[~moved]) for times, moved in both
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = stats.logrank(*samples)

    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


def table(groups: dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "journey_phase": "consideration", "segment_kind": "persona", "segment": segment,
                "days": int(time), "moved_count": int(moved), "censored_count": int(not moved),
            }
            for segment, (times, happened) in groups.items()
            for time, moved in zip(times, happened, strict=True)
        ]
    )  # fmt: skip


def test_segments_are_told_side_by_side_without_the_smallest() -> None:
    given_waits = table(
        {
            "treated": (TREATED, RELAPSED),
            "placebo": (PLACEBO, ALL),
            # four persons say nothing
            "few": (PLACEBO[:4], ALL[:4]),
        }
    )

    rows = {row["segment"]: row for row in survival.summaries(given_waits, 35.0).to_pylist()}

    assert set(rows) == {"treated", "placebo"}
    treated = rows["treated"]
    assert (treated["person_count"], treated["moved_count"], treated["censored_count"]) == (
        21, 9, 12,
    )  # fmt: skip
    assert (treated["median_days"], treated["median_days_high"]) == (23, None)
    assert treated["restricted_mean_days"] == pytest.approx(23.29, abs=0.005)
    assert {round(row["logrank_statistic"], 2) for row in rows.values()} == {16.79}
    curves = survival.curves(given_waits).to_pylist()
    assert {row["segment"] for row in curves} == {"treated", "placebo"}
    last = [row for row in curves if row["segment"] == "placebo"][-1]
    assert (last["days"], last["waiting_rate"], last["waiting_rate_low"]) == (23, 0, None)


def test_nobody_gives_no_rows() -> None:
    empty = table({"few": (PLACEBO[:1], ALL[:1])})
    assert survival.curves(empty).num_rows == survival.summaries(empty, 90.0).num_rows == 0
