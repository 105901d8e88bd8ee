"""Which entries of a funnel count, and what a summary says of them, against a slow, obvious one in Python."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from explore import macros
from tests.explore.events import COLUMNS, START, ask, connection, put

if TYPE_CHECKING:
    import duckdb

STEPS = ["name = 'a'", "name = 'b'", "name = 'c'"]


class Event(NamedTuple):
    """An event: its second, its name, and a value of its own."""

    second: int
    name: str
    value: str


class Entry(NamedTuple):
    """An entry: when its steps were done, when it was over, and whether an excluded event ended it."""

    value: str
    times: tuple[int, ...]
    ended: int
    is_excluded: bool

    @property
    def rank(self) -> tuple[int, int, int]:
        """Return what the best has least of."""
        return -len(self.times), self.times[-1], -self.times[0]


class Asked(NamedTuple):
    """What a funnel is asked for."""

    window: int
    holds: bool
    excluded: tuple[int, int] | None
    drops: bool
    count: str


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    return connection()


def slow_entry(events: list[Event], start: int, value: str, asked: Asked) -> Entry:
    end = start + asked.window
    times = [start]
    for name in "bc":
        later = [
            one.second for one in events if one.name == name and times[-1] <= one.second <= end
        ]
        if not later:
            break
        times.append(min(later))
    struck = None
    if asked.excluded and len(times) >= asked.excluded[0]:
        after, before = asked.excluded
        hits = [
            one.second for one in events if one.name == "x" and times[after - 1] < one.second <= end
        ]
        if hits and (len(times) < before or min(hits) < times[before - 1]):
            struck = min(hits)
            times = times[:after] + [time for time in times[after:] if time <= struck]
    over = times[-1] if len(times) == 3 else end if struck is None else struck
    return Entry(value, tuple(times), over, struck is not None)


def slow_entries(events: list[Event], asked: Asked) -> list[Entry]:
    found = []
    for value in sorted({one.value for one in events}) if asked.holds else [""]:
        held = [one for one in events if not asked.holds or one.value == value]
        starts = sorted({one.second for one in held if one.name == "a"})
        found += [slow_entry(held, start, value, asked) for start in starts]
    if asked.drops and any(entry.is_excluded for entry in found):
        return []
    if asked.count == "best":
        return sorted(found, key=lambda entry: entry.rank)[:1]
    found.sort(key=lambda entry: (entry.times[0], entry.value))
    if asked.count == "first":
        return found[:1]
    counted: list[Entry] = []
    for start in sorted({entry.times[0] for entry in found}):
        if not counted or start > counted[-1].ended:
            here = [entry for entry in found if entry.times[0] == start]
            counted.append(min(here, key=lambda entry: entry.rank))
    return counted


def arguments(asked: Asked) -> dict[str, Any]:
    after, before = asked.excluded or (1, 3)
    return {
        "steps": STEPS,
        "window_seconds": asked.window,
        "hold": ["value"] if asked.holds else [],
        "exclude": [{"where": "name = 'x'", "after": after, "before": before}]
        if asked.excluded
        else [],
        "on_exclude": "drop" if asked.drops else "stop",
        "count": asked.count,
    }


def test_an_excluded_event_strikes_what_comes_after_its_moment(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, [("1", 0, "a"), ("1", 5, "b"), ("1", 5, "x"), ("1", 6, "c")])
    asked = Asked(window=10, holds=False, excluded=(1, 3), drops=False, count="best")

    found = ask(opened, "funnel", "reached_step, is_excluded", **arguments(asked))

    assert found == [(2, True)]


event = st.builds(Event, st.integers(0, 7), st.sampled_from("aabbccx"), st.sampled_from("uv"))
questions = st.builds(
    Asked,
    window=st.integers(1, 7),
    holds=st.booleans(),
    excluded=st.sampled_from([None, (1, 3), (1, 2), (2, 3)]),
    drops=st.booleans(),
    count=st.sampled_from(["best", "first", "every"]),
)


@settings(max_examples=150, deadline=None)
@given(
    persons=st.lists(st.lists(event, max_size=9), min_size=1, max_size=8),
    asked=questions,
)
def test_entries_and_their_summary_are_those_of_a_slow_funnel(
    opened: duckdb.DuckDBPyConnection, persons: list[list[Event]], asked: Asked
) -> None:
    put(opened, [(str(n), *one) for n, events in enumerate(persons) for one in events])
    expected = {str(n): slow_entries(events, asked) for n, events in enumerate(persons)}

    found = ask(
        opened,
        "funnel",
        "person, entry_number, reached_step, is_excluded, "
        f"epoch(step_1_at - {START}), epoch(step_2_at - {START}), epoch(step_3_at - {START})",
        **arguments(asked),
    )

    assert [row[:4] for row in found] == [
        (person, number, len(entry.times), entry.is_excluded)
        for person, entries in sorted(expected.items())
        for number, entry in enumerate(entries, start=1)
    ]
    assert [[time for time in row[4:] if time is not None] for row in found] == [
        list(entry.times) for _, entries in sorted(expected.items()) for entry in entries
    ]

    entries = [entry for found_entries in expected.values() for entry in found_entries]
    statement = macros.sql("funnel", **COLUMNS, **arguments(asked))
    summary = opened.execute(
        "select reached_count, entered_count, previous_count, seconds_from_start_median, "
        "seconds_from_previous_median from "
        f"({macros.sql('funnel_summary', entries=f'({statement})', step_count=3)}) "
        "order by step_number"
    ).fetchall()
    for step, row in enumerate(summary, start=1):
        there = [entry.times for entry in entries if len(entry.times) >= step]
        before = [entry for entry in entries if len(entry.times) >= max(step - 1, 1)]
        assert row == (
            len(there),
            len(entries),
            len(before),
            median(times[step - 1] - times[0] for times in there) if there else None,
            median(times[step - 1] - times[max(step - 2, 0)] for times in there) if there else None,
        )
