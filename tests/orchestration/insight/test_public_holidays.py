"""Public holidays: those of a country or state, in the years that are asked for."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from orchestration.insight import public_holidays


def listed(*years: int | None, country: str, subdivision: str = "") -> list[date]:
    found = public_holidays.listed(
        pa.table({"year_number": pa.array(years, pa.int32())}),
        country=country,
        subdivision=subdivision,
    )
    return found["holiday_date"].to_pylist()  # type: ignore[no-any-return]


# the nine that all German states have in common; Easter was on 5 April
GERMAN = [
    date(2026, 1, 1),
    date(2026, 4, 3),
    date(2026, 4, 6),
    date(2026, 5, 1),
    date(2026, 5, 14),
    date(2026, 5, 25),
    date(2026, 10, 3),
    date(2026, 12, 25),
    date(2026, 12, 26),
]


def test_a_country_has_the_holidays_that_all_its_states_share() -> None:
    assert listed(2026, 2026, None, country="DE") == GERMAN


def test_a_state_has_more_of_its_own() -> None:
    # Epiphany, Corpus Christi, Assumption where it is kept, and All Saints
    bavarian = set(listed(2026, country="DE", subdivision="BY"))
    assert {date(2026, 1, 6), date(2026, 6, 4), date(2026, 11, 1)} <= bavarian - set(GERMAN)


def test_without_a_country_or_a_year_there_are_none() -> None:
    assert listed(2026, country="") == []
    assert listed(None, country="DE") == []


def test_years_of_which_nothing_is_known_have_none() -> None:
    assert all(day.year in {1800, 2100} for day in listed(1800, 2100, country="DE"))


def test_a_country_that_nobody_knows_is_refused_by_its_code() -> None:
    with pytest.raises(NotImplementedError, match="XX"):
        listed(2026, country="XX")
