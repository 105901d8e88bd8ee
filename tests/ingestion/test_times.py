"""Times as vendors write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from ingestion.records.times import add_months, month_of, parse_time, time_or_raw

MARCH = datetime(2024, 3, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-01T04:00:00Z",
        "2024-03-01T04:00:00.000Z",
        "2024-03-01T00:00:00-04:00",
        "2024-03-01T05:00:00+01:00",
        "2024-03-01 04:00:00 +0000",
        "2024-03-01 04:00:00 UTC",
        "2024-03-01T04:00:00",
        "1709265600000",
        1709265600000,
    ],
)
def test_a_moment_is_the_same_however_it_is_written(written: object) -> None:
    assert parse_time(written) == MARCH


def test_a_bare_date_is_its_midnight_in_utc() -> None:
    assert parse_time("2024-03-01") == datetime(2024, 3, 1, tzinfo=UTC)
    assert parse_time("20240301") == datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Berlin", datetime(2026, 9, 30, 22, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 1, 4, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 9, 30, 11, tzinfo=UTC)),
    ],
)
def test_a_record_of_a_day_is_of_that_day_by_the_companys_clock(
    monkeypatch: pytest.MonkeyPatch, zone: str, moment: datetime
) -> None:
    monkeypatch.setenv("KETTE_TIME_ZONE", zone)
    assert time_or_raw("2026-10-01") == time_or_raw(" 20261001 ") == moment
    # a time at midnight is a moment
    assert time_or_raw("2026-10-01T00:00:00") == datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["", "soon", "2024-02-30", "9999-12-31T23:59:59-04:00", "9" * 20, None, True, 1.5, [], {}],
    ids=repr,
)
def test_what_is_no_time_is_refused_and_left_for_the_gate_to_judge(written: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each library has its own words
        parse_time(written)
    assert time_or_raw(written) == (None if written == "" else written)


def test_months_are_counted_over_the_end_of_a_year() -> None:
    assert add_months(date(2024, 11, 30), 3) == date(2025, 2, 1)
    assert add_months(date(2024, 1, 31), -1) == date(2023, 12, 1)
    assert month_of(date(2024, 3, 1)) == "2024-03"
