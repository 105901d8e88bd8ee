"""Steps before and after: worked by hand, and against a loop over each person's events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from explore import macros
from tests.explore.events import COLUMNS, ask, connection, put, spelt

if TYPE_CHECKING:
    import duckdb

AROUND = "person, step_number, state, previous_state, next_state, seconds_to_next"


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    return connection()


def test_each_event_knows_its_neighbours(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, [*spelt({"1": "aab", "2": "a"}), ("2", 5, None)])

    assert ask(opened, "transitions", AROUND, state="name") == [
        ("1", 1, "a", None, "a", 1.0),
        ("1", 2, "a", "a", "b", 1.0),
        ("1", 3, "b", "a", None, None),
        ("2", 1, "a", None, None, None),
    ]


def test_staying_is_no_step_where_repeats_do_not_count(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, spelt({"1": "aabba"}))

    assert ask(opened, "transitions", AROUND, state="name", repeats=False) == [
        ("1", 1, "a", None, "b", 2.0),
        ("1", 2, "b", "a", "a", 2.0),
        ("1", 3, "a", "b", None, None),
    ]


def test_a_long_pause_and_what_lies_within_end_a_path(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, [("1", 0, "a", "s"), ("1", 10, "b", "s"), ("1", 21, "a", "s"), ("1", 22, "c", "t")])

    by_pause = ask(opened, "transitions", "state, next_state", state="name", longest_seconds=10)
    by_session = ask(opened, "transitions", "state, next_state", state="name", within=["value"])

    assert by_pause == [("a", "b"), ("a", "c"), ("b", None), ("c", None)]
    assert by_session == [("a", "b"), ("a", None), ("b", "a"), ("c", None)]


def test_a_matrix_shares_out_what_leaves_each_state(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, spelt({"1": "abab", "2": "ac"}))
    steps = macros.sql("transitions", **COLUMNS, state="name")

    found = opened.execute(
        "select from_state, to_state, move_count, from_count, round(rate, 4) from "
        f"({macros.sql('transition_matrix', steps=f'({steps})')}) order by all"
    ).fetchall()

    assert found == [
        ("a", "b", 2, 3, 0.6667),
        ("a", "c", 1, 3, 0.3333),
        ("b", "a", 1, 2, 0.5),
        ("b", None, 1, 2, 0.5),
        ("c", None, 1, 1, 1.0),
    ]


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ab")), max_size=8), max_size=5
    ),
    longest=st.sampled_from([None, 3]),
    repeats=st.booleans(),
)
def test_moves_are_those_of_a_loop(
    opened: duckdb.DuckDBPyConnection,
    words: list[list[tuple[int, str]]],
    longest: int | None,
    repeats: bool,
) -> None:
    rows = [(str(person), *event) for person, events in enumerate(words) for event in events]
    put(opened, rows)
    expected: Counter[tuple[str, str | None]] = Counter()
    for events in words:
        paths: list[list[tuple[int, str]]] = []
        # the sort is stable, as the number of an event breaks ties
        for second, name in sorted(events, key=lambda event: event[0]):
            if not paths or (longest is not None and second - last > longest):  # noqa: F821
                paths.append([])
            paths[-1].append((second, name))
            last = second  # noqa: F841
        for path in paths:
            names = [name for _, name in path]
            if not repeats:
                names = [
                    name
                    for place, name in enumerate(names)
                    if place == 0 or names[place - 1] != name
                ]
            expected.update(zip(names, [*names[1:], None], strict=True))

    found = ask(
        opened, "transitions", "state, next_state",
        state="name", longest_seconds=longest, repeats=repeats,
    )  # fmt: skip

    assert Counter(found) == expected
