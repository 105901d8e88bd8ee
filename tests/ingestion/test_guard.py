"""Holding back what looks like a loss, and giving in when it is said twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion import control, guard
from ingestion.load import run
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.stream import Reader, StreamResult


@pytest.mark.parametrize(
    ("had", "came", "before", "is_held"),
    [
        (1000, 0, None, True),
        (1, 0, None, True),
        (1000, 989, None, True),
        (1000, 990, None, False),
        (1000, 1200, None, False),
        (40, 35, None, False),
        (40, 34, None, True),
        (0, 0, None, False),
        (1000, 900, 900, False),
        (1000, 900, 901, True),
        (1000, 0, 0, False),
        (1000, 0, 5, True),
    ],
    ids=[
        "empty",
        "a single row gone",
        "more than a hundredth gone",
        "a hundredth gone",
        "grown",
        "a handful gone",
        "more than a handful gone",
        "never held rows",
        "the same twice",
        "another number than before",
        "empty twice",
        "empty after few",
    ],
)
def test_a_slice_that_shrank_is_held_until_it_is_said_twice(
    had: int, came: int, before: int | None, is_held: bool
) -> None:
    held_before = {} if before is None else {"day": before}
    verdict = guard.judge(["day"], {"day": came} if came else {}, {"day": had}, held_before)
    assert verdict.held == ({"day": came} if is_held else {})
    assert verdict.accepted == ([] if is_held else ["day"])


def load_days(**days: range) -> StreamResult:
    """Load rows numbered by range for days of March, each day covered."""

    def read(reader: Reader) -> Iterator[Any]:
        yield [
            row(number, f"2026-03-{name[1:]}")
            for name, numbers in days.items()
            for number in numbers
        ]
        reader.covered(*(f"2026-03-{name[1:]}" for name in days))

    (result,) = run(source(stream(read, replace_by="day", guarded=True)))
    return result


def stored() -> dict[str, int]:
    return dict(query("select strftime(day, '%d'), count(*) from raw_fake.things group by 1"))


def held() -> list[tuple[str, int]]:
    found = control.rows(sa.select(control.held_windows))
    return [(each["window"], each["row_count"]) for each in found]


def test_a_day_that_comes_back_smaller_waits_for_a_second_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch_on(monkeypatch)
    load_days(d01=range(100), d02=range(100, 200))

    result = load_days(d01=range(50), d02=range(100, 201))
    assert stored() == {"01": 100, "02": 101}
    assert (result.status, result.seen, result.loaded) == ("held", 101, 101)
    assert "2026-03-01: 50 rows came, 100 are stored" in result.note
    assert held() == [("2026-03-01", 50)]

    result = load_days(d01=range(50), d02=range(100, 201))
    assert stored() == {"01": 50, "02": 101}
    assert (result.status, held()) == ("loaded", [])


def test_an_empty_day_is_cleared_when_it_is_empty_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    load_days(d01=range(100), d02=range(100, 200))
    load_days(d01=range(0), d02=range(100, 200))
    assert stored() == {"01": 100, "02": 100}
    load_days(d01=range(0), d02=range(100, 200))
    assert stored() == {"02": 100}


def test_a_day_that_recovers_is_held_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    load_days(d01=range(100))
    load_days(d01=range(10))
    load_days(d01=range(105))
    assert (stored(), held()) == ({"01": 105}, [])
