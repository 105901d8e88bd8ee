"""Retention: worked examples of ClickHouse's and Mixpanel's pages, and a slow, obvious one in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from ingestion.errors import KetteError
from tests.explore.events import ask, connection, put

if TYPE_CHECKING:
    import duckdb

DAY = 86_400
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday
COUNTS = "cohort_start, bracket_number, cohort_size, returned_count, is_complete"


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    return connection()


def known(days: float) -> str:
    return f"cast('{BEGIN + timedelta(days=days)}' as timestamptz)"


def counted(opened: duckdb.DuckDBPyConnection, days: float = 400, **arguments: Any) -> list[Any]:
    asked = {"born": "name = 'a'", "returned": "name = 'b'", **arguments}
    return ask(opened, "retention", COUNTS, known_before=known(days), **asked)


def test_conditions_of_days_are_met_in_pairs_as_in_clickhouse(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    # its page on retention: 5 persons on the first day, 10 on the second, 15 on the third; all five
    # of the first day came on the second and on the third
    put(
        opened,
        [
            (str(person), day * DAY, "visit")
            for day, persons in enumerate((5, 10, 15))
            for person in range(persons)
        ],
    )

    found = counted(
        opened, born="true", returned="true", unit="day", brackets=[1, 1, 1], births="recurring"
    )

    first = [row for row in found if row[0] == date(2026, 1, 1)]
    assert [(size, came) for _, _, size, came, _ in first] == [(5, 0), (5, 5), (5, 5)]
    assert [row[2] for row in found if row[1] == 0] == [5, 10, 15]


def test_a_calendar_day_is_not_24_hours(opened: duckdb.DuckDBPyConnection) -> None:
    # of Mixpanel's page: 8 pm on Monday and 6 am on Tuesday is day 1 by the calendar, 10 hours later
    put(opened, [("1", 20 * 3600, "a"), ("1", 30 * 3600, "b")])
    asked = {"unit": "day", "brackets": [1, 1]}

    assert [row[3] for row in counted(opened, **asked)] == [0, 1]
    assert [row[3] for row in counted(opened, **asked, clock="rolling")] == [1, 0]


def test_rolling_units_have_7_and_30_days(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, [("1", 0, "a"), ("1", 7 * DAY, "b"), ("2", 0, "a"), ("2", 60 * DAY - 1, "b")])
    asked = {"brackets": [1, 1, 1], "clock": "rolling"}

    assert [row[3] for row in counted(opened, **asked, unit="week")] == [0, 1, 0]
    assert [row[3] for row in counted(opened, **asked, unit="month")] == [1, 1, 0]


def test_on_on_or_after_and_on_or_before(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, [("1", 0, "a"), ("1", 2 * DAY, "b"), ("2", 1, "a")])
    asked = {"unit": "day", "brackets": [1, 1, 1, 1]}

    assert [row[3] for row in counted(opened, **asked)] == [0, 0, 1, 0]
    assert [row[3] for row in counted(opened, **asked, counts="on_or_after")] == [1, 1, 1, 0]
    assert [row[3] for row in counted(opened, **asked, counts="on_or_before")] == [0, 0, 1, 1]


def test_brackets_have_sizes_of_their_own(opened: duckdb.DuckDBPyConnection) -> None:
    # day 0, days 1 to 3, days 4 to 7
    put(opened, [("1", 0, "a"), ("1", 3 * DAY, "b"), ("1", 4 * DAY, "b"), ("2", 0, "a")])

    found = ask(
        opened, "retention", "bracket_number, first_unit, last_unit, returned_count",
        born="name = 'a'", returned="name = 'b'", unit="day", brackets=[1, 3, 4],
        known_before=known(400),
    )  # fmt: skip

    assert found == [(0, 0, 0, 0), (1, 1, 3, 1), (2, 4, 7, 1)]


def test_the_birth_itself_is_no_return(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, [("1", 0, "a"), ("2", 0, "a"), ("2", 1, "a")])

    found = counted(opened, returned="name = 'a'", unit="day", brackets=[1])

    assert found == [(date(2026, 1, 1), 0, 2, 1, True)]


def test_cells_that_may_still_rise_are_marked_and_those_to_come_left_out(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, [("1", 0, "a"), ("2", 12 * 3600, "a")])
    asked = {"unit": "day", "brackets": [1, 1, 1, 1]}

    assert [row[4] for row in counted(opened, days=2, **asked)] == [True, True]
    assert [row[4] for row in counted(opened, days=2.25, **asked)] == [True, True, False]
    # by the clock of each, the second person's first day ends at noon
    rolling = counted(opened, days=2.25, **asked, clock="rolling")
    assert [row[4] for row in rolling] == [True, False]


def test_money_that_comes_back_is_added_up(opened: duckdb.DuckDBPyConnection) -> None:
    put(
        opened,
        [("1", 0, "a", None, 7), ("1", DAY, "b", None, 20), ("1", DAY + 1, "b", None, 5.5),
         ("2", 0, "a", None, 9), ("2", 2 * DAY, "b", None, 1)],
    )  # fmt: skip
    asked = {
        "born": "name = 'a'", "returned": "name = 'b'", "unit": "day", "brackets": [1, 1, 1],
        "amount": "amount", "known_before": known(400),
    }  # fmt: skip

    on = ask(opened, "retention", "bracket_number, returned_amount", **asked)
    until = ask(
        opened, "retention", "bracket_number, returned_amount", **asked, counts="on_or_before"
    )

    assert [float(amount) for _, amount in on] == [0, 25.5, 1]
    assert [float(amount) for _, amount in until] == [0, 25.5, 26.5]


def test_only_births_of_the_period_count_and_they_are_the_first_ever(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, [("1", 0, "a"), ("1", 40 * DAY, "a"), ("2", 40 * DAY, "a")])

    found = counted(opened, brackets=[1], born_from=known(31))

    assert found == [(date(2026, 2, 1), 0, 1, 0, True)]


def test_a_share_carries_wilsons_interval(opened: duckdb.DuckDBPyConnection) -> None:
    # Newcombe 1998, table II: 15 of 148 lies within 0.0624 and 0.1605
    put(
        opened,
        [(str(person), 0, "a") for person in range(148)]
        + [(str(person), 1, "b") for person in range(15)],
    )

    found = ask(
        opened, "retention", "rate_low, rate_high",
        born="name = 'a'", returned="name = 'b'", brackets=[1], known_before=known(400),
    )  # fmt: skip

    assert found == [pytest.approx((0.0624, 0.1605), abs=0.00005)]


def test_what_is_no_choice_is_refused(opened: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(KetteError, match="counts is one of on, on_or_after, on_or_before"):
        counted(opened, counts="ever")


class Event(NamedTuple):
    """An event: its hour since the begin, and whether it is a birth or a return."""

    hour: int
    name: str


def unit_of(moment: datetime, unit: str) -> date:
    day = moment.date()
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def units_between(first: datetime, then: datetime, unit: str, clock: str) -> int:
    if clock == "rolling":
        return (then - first) // timedelta(days={"day": 1, "week": 7, "month": 30}[unit])
    from_day, to_day = unit_of(first, unit), unit_of(then, unit)
    if unit == "month":
        return (to_day.year - from_day.year) * 12 + to_day.month - from_day.month
    return (to_day - from_day).days // (7 if unit == "week" else 1)


def slow_counts(
    drawn: list[list[Event]], unit: str, clock: str, births: str, counts: str, brackets: list[int]
) -> dict[tuple[date, int], list[int]]:
    """Return size and returned by cohort and bracket, person by person."""
    found: dict[tuple[date, int], list[int]] = {}
    for events in drawn:
        moments = sorted((BEGIN + timedelta(hours=event.hour), event.name) for event in events)
        born = [moment for moment, name in moments if name == "a"]
        by_unit: dict[date, datetime] = {}
        for moment in born[:1] if births == "first" else born:
            by_unit.setdefault(unit_of(moment, unit), moment)
        for cohort, birth in by_unit.items():
            ages = [
                units_between(birth, moment, unit, clock)
                for moment, name in moments
                if name == "b" and moment > birth
            ]
            first = 0
            for number, size in enumerate(brackets):
                last = first + size - 1
                low = 0 if counts == "on_or_before" else first
                high = 10**9 if counts == "on_or_after" else last
                cell = found.setdefault((cohort, number), [0, 0])
                cell[0] += 1
                cell[1] += any(low <= age <= high for age in ages)
                first += size
    return found


@settings(max_examples=60, deadline=None)
@given(
    drawn=st.lists(
        st.lists(
            st.builds(Event, st.integers(0, 24 * 100), st.sampled_from("ab")),
            max_size=8, unique_by=lambda event: event.hour,
        ),
        max_size=8,
    ),
    unit=st.sampled_from(["day", "week", "month"]),
    clock=st.sampled_from(["calendar", "rolling"]),
    births=st.sampled_from(["first", "recurring"]),
    counts=st.sampled_from(["on", "on_or_after", "on_or_before"]),
    brackets=st.lists(st.integers(1, 4), min_size=1, max_size=4),
)  # fmt: skip
def test_retention_is_that_of_a_slow_one(
    opened: duckdb.DuckDBPyConnection,
    drawn: list[list[Event]],
    unit: str,
    clock: str,
    births: str,
    counts: str,
    brackets: list[int],
) -> None:
    put(
        opened,
        [
            (str(person), event.hour * 3600, event.name)
            for person, events in enumerate(drawn)
            for event in events
        ],
    )

    found = counted(
        opened, days=4000, unit=unit, clock=clock, births=births, counts=counts, brackets=brackets
    )

    expected = slow_counts(drawn, unit, clock, births, counts, brackets)
    assert {(row[0], row[1]): [row[2], row[3]] for row in found} == expected
