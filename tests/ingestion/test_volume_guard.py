"""Holding back what looks like a loss, and giving in when it is said twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import volume_guard
from ingestion.loading.run import run
from tests.ingestion.fakes import query, row, source, stream, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader, StreamResult


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
    verdict = volume_guard.judge(["day"], {"day": came} if came else {}, {"day": had}, held_before)
    assert verdict.held == ({"day": came} if is_held else {})
    assert verdict.accepted == ([] if is_held else ["day"])


@pytest.mark.parametrize(
    ("had", "came", "before", "is_held"),
    [
        (0, 0, None, False),
        (10, 0, None, True),
        (10, 0, 0, False),
        (10, 0, 4, True),
        (10, 8, None, False),
        (10, 5, None, False),
        (10, 4, None, True),
        (1000, 799, None, True),
        (1000, 799, 700, False),
        (1000, 500, 799, True),
        (1000, 790, 500, True),
        (1000, 2000, None, False),
    ],
    ids=[
        "never held rows",
        "empty",
        "empty twice",
        "empty after few",
        "a fifth gone",
        "a handful gone, of few",
        "more than a handful and a fifth gone",
        "just more than a fifth gone",
        "much the same twice",
        "much less than what was held",
        "much more than what was held, and yet too few",
        "grown",
    ],
)
def test_a_listing_that_shrank_by_a_fifth_is_held_until_a_second_one_agrees(
    had: int, came: int, before: int | None, is_held: bool
) -> None:
    verdict = volume_guard.judge_listing(came, had, before, is_accepted=False)
    assert verdict.held == ({volume_guard.EVERYTHING: came} if is_held else {})
    assert not volume_guard.judge_listing(came, had, before, is_accepted=True).held


def load_days(*, accept_loss: bool = False, **days: range) -> StreamResult:
    """Load rows numbered by range for days of March, each day covered."""

    def read(reader: Reader) -> Iterator[Any]:
        yield [
            row(number, f"2026-03-{name[1:]}")
            for name, numbers in days.items()
            for number in numbers
        ]
        reader.covered(*(f"2026-03-{name[1:]}" for name in days))

    (result,) = run(source(stream(read, replace_by="day", guarded=True)), accept_loss=accept_loss)
    return result


def stored() -> dict[str, int]:
    return dict(query("select strftime(day, '%d'), count(*) from raw_fake.things group by 1"))


def held() -> list[tuple[str, int]]:
    found = store.rows(sa.select(tables.held_windows))
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


def test_a_person_can_accept_the_loss_of_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    load_days(d01=range(100))
    load_days(d01=range(10))
    result = load_days(accept_loss=True, d01=range(12))
    assert (stored(), held(), result.status) == ({"01": 12}, [], "loaded")


def list_things(count: int, *, accept_loss: bool = False, parts: int = 1) -> StreamResult:
    """Load a full listing, in one package or in several."""

    def read(reader: Reader) -> Iterator[Any]:
        size = -(-count // parts)
        for start in range(0, count, max(size, 1)):
            if start:
                reader.checkpoint()
            yield [row(number) for number in range(start, min(start + size, count))]

    (result,) = run(source(stream(read, lists_everything=True)), accept_loss=accept_loss)
    return result


def live() -> int:
    """Return how many things the last complete listing showed."""
    (count,) = query(
        "select count(*) from raw_fake.things where _dlt_load_id >= "
        "(select load_id from kette.complete_listings)"
    )
    return int(count)


@pytest.mark.parametrize("parts", [1, 4], ids=["one package", "several packages"])
def test_what_a_listing_of_less_than_four_fifths_lacks_does_not_count_as_gone(
    monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    switch_on(monkeypatch)
    list_things(100)
    assert list_things(80, parts=parts).status == "loaded"
    assert live() == 80

    result = list_things(60, parts=parts)
    assert (result.status, live()) == ("held", 80)
    assert "the listing: 60 rows came, 80 are stored" in result.note

    assert (list_things(61, parts=parts).status, live()) == ("loaded", 61)
    # what was gone before is no measure
    assert (list_things(50).status, live()) == ("loaded", 50)


def test_a_listing_that_recovers_is_held_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    list_things(100)
    list_things(10)
    assert (list_things(99).status, live(), held()) == ("loaded", 99, [])


def test_a_person_can_accept_the_loss_of_a_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    list_things(100)
    assert list_things(30).status == "held"
    assert (list_things(70, accept_loss=True).status, live(), held()) == ("loaded", 70, [])
