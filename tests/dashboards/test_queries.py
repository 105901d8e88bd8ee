"""What the pages ask the published warehouse, against a company reckoned by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from dashboards import warehouse
from dashboards.queries import health, journey, metrics, people, retention
from tests.dashboards import worked_example
from tests.dashboards.control_fixture import record_run
from tests.dashboards.warehouse_fixture import publish
from tests.dashboards.worked_example import ANNA, AS_OF, MONTHS, MRR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST, LAST = MONTHS[1], MONTHS[5]


@pytest.fixture
def path(full: Path) -> str:
    return str(full)


def test_a_publication_tells_its_day_and_zone(path: str) -> None:
    current = warehouse.current()
    assert current is not None
    assert (current.path, current.as_of, current.mode) == (path, AS_OF, "demo")
    assert current.time_zone == "Europe/Berlin"


def test_a_new_publication_is_seen_at_once(path: str) -> None:
    before = metrics.figures(path, FIRST, LAST)["mrr"][-1].value
    rows = worked_example.rows()
    for row in rows["metrics.mtr_revenue_monthly"]:
        row["numerator"] *= 2
    publish(rows, as_of=AS_OF)
    current = warehouse.current()
    assert current is not None
    assert current.path != path
    assert metrics.figures(current.path, FIRST, LAST)["mrr"][-1].value == 2 * before
    assert metrics.figures(path, FIRST, LAST)["mrr"][-1].value == before


def test_nobody_can_write_through_a_page(path: str) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        warehouse.rows(path, "drop table marts.dim_customers")


def test_months_come_newest_first_and_none_lies_ahead(path: str) -> None:
    assert metrics.months(path) == sorted(MONTHS.values(), reverse=True)


@pytest.mark.parametrize(
    ("month", "is_over"), [(MONTHS[5], True), (AS_OF, False)], ids=["May", "June"]
)
def test_a_month_is_complete_once_its_last_day_is_over(month: object, is_over: bool) -> None:
    assert metrics.is_complete(month, AS_OF) is is_over  # type: ignore[arg-type] - dates both


def test_mrr_is_what_all_accounts_pay_at_the_end_of_each_month(path: str) -> None:
    found = metrics.figures(path, FIRST, LAST)["mrr"]
    assert {figure.period_start.month: figure.value for figure in found} == MRR
    assert {figure.interval for figure in found} == {None}


def test_a_rate_is_made_when_it_is_read_and_carries_its_interval(path: str) -> None:
    churn = metrics.figures(path, LAST, LAST)["logo_churn_rate"][0]
    assert churn.value == 0.5
    # the textbook's formula solved for one of two: 0.5 ± z / (2 sqrt(2 + z²))
    z = 1.959964
    spread = z / (2 * (2 + z**2) ** 0.5)
    assert churn.interval == pytest.approx((0.5 - spread, 0.5 + spread))


def test_a_ratio_of_amounts_has_no_interval(path: str) -> None:
    retained = metrics.figures(path, LAST, LAST)["net_revenue_retention_rate"][0]
    assert retained.value == pytest.approx(150 / 350)
    assert retained.interval is None


def test_a_ratio_of_nothing_is_no_figure() -> None:
    assert metrics.Figure(LAST, 0, 0, None, 0).value is None


def test_new_persons_by_channel_add_up_to_all_of_them(path: str) -> None:
    found = metrics.by_channel(path, "new_customers", FIRST, LAST)
    assert [(row["channel"], row["numerator"]) for row in found] == [
        ("paid_search", 4),
        ("direct", 3),
    ]


def test_an_amount_has_a_currency_only_where_there_is_one(path: str) -> None:
    assert metrics.currency(path) == "EUR"
    rows = worked_example.rows()
    rows["marts.fct_mrr_monthly"][0]["currency_code"] = "USD"
    assert metrics.currency(str(publish(rows, as_of=AS_OF))) is None


def test_phases_tell_who_entered_and_who_went_on(path: str) -> None:
    found = journey.phases(path, FIRST, LAST, "all")
    assert [(row["journey_phase"], row["entered"], row["moved_on"]) for row in found] == [
        ("awareness", 100, 40),
        ("consideration", 50, 10),
        ("purchase", 12, 9),
        ("retention", 8, 2),
        ("advocacy", 1, None),
    ]


def test_the_last_phase_can_be_asked_for_by_channel_and_month(path: str) -> None:
    def advocates(channel: str, month: int) -> int:
        found = journey.phases(path, MONTHS[month], MONTHS[month], channel)
        return int(found[-1]["entered"])

    assert (advocates("review", 5), advocates("chat", 5), advocates("review", 4)) == (1, 0, 0)


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6])
def test_as_many_journeys_leave_a_step_as_entered_it(path: str, depth: int) -> None:
    flows = journey.flows(path, "acquisition", FIRST, LAST, "all", depth)
    begun = sum(row["journey_count"] for row in flows if row["step_index"] == 1)
    ended = sum(row["journey_count"] for row in flows if row["is_end"])
    assert begun == ended == 6
    for step in range(2, depth + 1):
        entered = sum(
            row["journey_count"]
            for row in flows
            if row["step_index"] == step - 1 and not row["is_end"]
        )
        left = sum(row["journey_count"] for row in flows if row["step_index"] == step)
        assert entered == left


def test_a_journey_ends_in_its_outcome(path: str) -> None:
    flows = journey.flows(path, "acquisition", FIRST, LAST, "all", 4)
    ends: dict[str, int] = {}
    for row in flows:
        if row["is_end"]:
            ends[row["to_step"]] = ends.get(row["to_step"], 0) + row["journey_count"]
    assert ends == {"converted": 2, "abandoned": 3, "open": 1}


def test_a_median_counts_each_duration_as_often_as_journeys_took_it(path: str) -> None:
    rows = worked_example.rows()
    took = {"period_start": MONTHS[5], "journey_type": "support", "outcome": "resolved"}
    rows["metrics.mtr_journey_outcomes_monthly"] = [
        {**took, "duration_seconds": 60, "journey_count": 3},
        {**took, "duration_seconds": 100, "journey_count": 1},
        {**took, "duration_seconds": 200, "journey_count": 1},
        {**took, "outcome": "open", "duration_seconds": None, "journey_count": 2},
    ]
    found = journey.outcomes(str(publish(rows, as_of=AS_OF)), "support", FIRST, LAST, "all")
    # of 60, 60, 60, 100, 200 the middle one
    assert [(row["outcome"], row["journey_count"], row["median_seconds"]) for row in found] == [
        ("resolved", 5, 60),
        ("open", 2, None),
    ]


def test_drop_offs_count_who_reached_a_step_and_who_was_lost_there(path: str) -> None:
    found = {
        row["journey_step"]: (row["reached"], row["dropped"])
        for row in journey.drop_offs(path, "acquisition", FIRST, LAST, "all")
    }
    # of the three given up, one never left the first step
    assert found == {
        "recognise_need": (4, 1),
        "inform": (5, 1),
        "choose": (3, 1),
        "buy": (2, 0),
    }


def test_milestones_add_up_the_cohorts_since_a_month(path: str) -> None:
    def after_three_months(first: int) -> tuple[int, int]:
        found = {row["metric"]: row for row in retention.milestones(path, MONTHS[first])}
        row = found["retention_month_3_rate"]
        return row["retained"], row["accounts"]

    assert after_three_months(1) == (1, 2)
    assert after_three_months(2) == (0, 1)


def test_a_search_lists_one_person_once_however_much_of_it_fits(path: str) -> None:
    found = people.search(path, "a")
    assert len({row["customer_id"] for row in found}) == len(found)
    assert people.search(path, "anna")[0]["customer_id"] == ANNA


def test_internal_people_are_found_when_they_are_asked_for(path: str) -> None:
    assert [row["is_internal"] for row in people.search(path, "test tester")] == [True]


@pytest.mark.parametrize(
    ("days", "is_stale"), [(0, False), (1, False), (2, True)], ids=["today", "next day", "later"]
)
def test_demo_figures_age_by_the_clock_of_the_simulated_company(
    path: str, days: int, is_stale: bool
) -> None:
    record_run(as_of=AS_OF + timedelta(days=days))
    current = warehouse.current()
    assert current is not None
    assert health.age(current) == timedelta(days=days)
    assert health.is_stale(current) is is_stale


@pytest.mark.parametrize(
    ("hours", "is_stale"), [(1, False), (29, False), (31, True)], ids=["1 h", "29 h", "31 h"]
)
def test_real_figures_age_by_the_real_clock(kette_home: Path, hours: int, is_stale: bool) -> None:
    publish({}, as_of=AS_OF, mode="real", published_at=datetime.now(UTC) - timedelta(hours=hours))
    current = warehouse.current()
    assert current is not None
    assert health.is_stale(current) is is_stale


def test_every_answer_is_kept_for_the_path_it_came_from() -> None:
    """A question whose first argument is not the published file would mix two versions."""
    for module in (journey, metrics, people, retention):
        questions: list[Callable[..., object]] = [
            function
            for name, function in vars(module).items()
            if hasattr(function, "clear") and not name.startswith("_")
        ]
        assert questions
        for function in questions:
            assert next(iter(function.__wrapped__.__annotations__)) == "path"  # type: ignore[attr-defined] - put there by functools.wraps
