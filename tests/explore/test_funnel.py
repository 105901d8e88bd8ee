"""Funnels: what ClickHouse, Mixpanel and PostHog publish of theirs, and a slow, obvious one in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from ingestion.errors import KetteError
from tests.explore.events import START, ask, connection, put, spelt

if TYPE_CHECKING:
    import duckdb

DAY = 86_400
ABC = ["name = 'a'", "name = 'b'", "name = 'c'"]
MODES = [
    [],
    ["strict_order"],
    ["strict_order", "allow_reentry"],
    ["strict_deduplication"],
    ["strict_deduplication", "strict_order"],
    ["strict_increase"],
    ["strict_increase", "strict_order"],
    ["strict_once"],
    ["strict_once", "strict_order"],
    ["strict_once", "strict_deduplication"],
]


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    return connection()


def levels(opened: duckdb.DuckDBPyConnection, **arguments: Any) -> dict[str, int]:
    return dict(ask(opened, "funnel", "person, reached_step", **arguments))


# what ClickHouse's pull request 9773 lists of strict_order, and its tests of windowFunnel
@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        ([], [3, 3, 3, 3, 3, 1]),
        (["strict_order"], [3, 1, 3, 3, 2, 1]),
        (["strict_deduplication", "strict_order"], [3, 1, 2, 2, 2, 1]),
    ],
    ids=str,
)
def test_order_is_as_strict_as_in_clickhouse(
    opened: duckdb.DuckDBPyConnection, modes: list[str], expected: list[int]
) -> None:
    words = ["abc", "adbc", "aabbcc", "aaaabbcc", "aabbdcc", "ccbbaa"]
    put(opened, spelt(dict(zip("123456", words, strict=True))))

    found = levels(opened, steps=ABC, window_seconds=DAY, modes=modes)

    assert found == dict(zip("123456", expected, strict=True))


def test_a_step_too_early_ends_a_strict_order_unless_re_entry_is_allowed(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, spelt({"1": "acb", "2": "acbc"}))
    asked = {"steps": ABC, "window_seconds": DAY}

    assert levels(opened, **asked, modes=["strict_order"]) == {"1": 1, "2": 1}
    assert levels(opened, **asked, modes=["strict_order", "allow_reentry"]) == {"1": 2, "2": 3}


def test_a_step_done_again_ends_a_strict_deduplication(opened: duckdb.DuckDBPyConnection) -> None:
    # of ClickHouse's documentation, its issue 27469 and its issue 37177 as it was mended
    abcd = [*ABC, "name = 'd'"]
    put(opened, spelt({"1": "abcbd", "2": "abcababcd"}))

    found = levels(opened, steps=abcd, window_seconds=60, modes=["strict_deduplication"])

    assert found == {"1": 3, "2": 3}
    assert levels(opened, steps=abcd, window_seconds=60) == {"1": 4, "2": 4}


@pytest.mark.parametrize(("window", "reached"), [(2, 3), (3, 4), (4, 5)])
def test_the_end_of_the_window_belongs_to_it(
    opened: duckdb.DuckDBPyConnection, window: int, reached: int
) -> None:
    put(opened, spelt({"1": "012345678"}))
    steps = [f"name = '{number}'" for number in range(3, 8)]

    assert levels(opened, steps=steps, window_seconds=window) == {"1": reached}


def test_conditions_may_overlap_and_one_event_may_be_several_steps(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, spelt({"1": "12345678"}))
    overlapping = ["name <= '7'", "name >= '2'", "name <= '6'", "name >= '4'"]
    assert levels(opened, steps=overlapping, window_seconds=4) == {"1": 4}

    put(opened, [("1", 0, "0"), ("1", 1, "1"), ("1", 1, "2"), ("1", 1, "3"), ("1", 2, "4")])
    steps = [f"name = '{number}'" for number in range(5)]
    same = ["name = '4'"] * 3
    asked = {"window_seconds": 10_000}
    assert levels(opened, steps=steps, **asked) == {"1": 5}
    assert levels(opened, steps=steps, **asked, modes=["strict_increase"]) == {"1": 2}
    assert levels(opened, steps=same, **asked) == {"1": 3}
    assert levels(opened, steps=same, **asked, modes=["strict_once"]) == {"1": 1}
    assert levels(opened, steps=same, **asked, modes=["strict_increase"]) == {"1": 1}


@pytest.mark.parametrize("more", [[], ["strict_increase"], ["strict_deduplication"]], ids=str)
def test_an_event_counts_once_where_a_step_is_there_twice(
    opened: duckdb.DuckDBPyConnection, more: list[str]
) -> None:
    moments = [
        ("234", 100, "failure"), ("345", 200, "success"), ("345", 210, "failure"),
        ("345", 230, "success"), ("234", 250, "failure"), ("123", 180, "failure"),
        ("123", 220, "failure"), ("123", 250, "success"),
    ]  # fmt: skip
    put(opened, moments)
    steps = ["name = 'failure'", "name = 'failure'", "name = 'success'"]

    found = levels(opened, steps=steps, window_seconds=200, modes=["strict_once", *more])

    assert found == {"123": 3, "234": 2, "345": 1}


def test_the_first_entry_alone_counts_as_in_mixpanel(opened: duckdb.DuckDBPyConnection) -> None:
    # of Mixpanel's page on funnels: the second A does not begin the hour anew …
    put(opened, [("1", 0, "a"), ("1", 1800, "a"), ("1", 2700, "b"), ("1", 4500, "c")])
    asked = {"steps": ABC, "window_seconds": 3600}
    assert levels(opened, **asked, count="first") == {"1": 2}
    # … and in its mode "optimized re-entry" it does, as in ClickHouse
    assert levels(opened, **asked, count="best") == {"1": 3}
    # which also tells the time to convert: from the entry that came closest before
    times = ask(opened, "funnel", "seconds_to_convert", **asked, count="best")
    assert times == [(2700.0,)]


def test_every_entry_counts_once_the_one_before_has_ended(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    # converts; A again within the window of an entry under way; times out; converts
    put(
        opened,
        [("1", 0, "a"), ("1", 10, "b"), ("1", 20, "a"), ("1", 30, "a"), ("1", 200, "a"),
         ("1", 210, "b")],
    )  # fmt: skip

    found = ask(
        opened, "funnel", f"entry_number, reached_step, epoch(step_1_at - {START})",
        steps=ABC[:2], window_seconds=100, count="every",
    )  # fmt: skip

    assert found == [(1, 2, 0.0), (2, 1, 20.0), (3, 2, 200.0)]


def test_an_excluded_event_ends_an_entry_as_in_mixpanel(opened: duckdb.DuckDBPyConnection) -> None:
    # its example: A → A → A → B, excluding A between A and B, every entry: two entries, one conversion
    put(opened, spelt({"1": "aaab"}))
    asked = {"steps": ABC[:2], "window_seconds": DAY, "exclude": [{"where": "name = 'a'"}]}

    found = ask(opened, "funnel", "entry_number, is_converted, is_excluded", **asked, count="every")

    assert found == [(1, False, True), (2, True, False)]


def test_an_excluded_event_leaves_the_person_out_as_in_posthog(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, spelt({"1": "axbc", "2": "abxc", "3": "abcx", "4": "xabc", "5": "axb"}))
    asked = {"steps": ABC, "window_seconds": DAY}
    between_b_and_c = {"where": "name = 'x'", "after": 2, "before": 3}

    assert levels(opened, **asked, exclude=[{"where": "name = 'x'"}]) == {
        "1": 1, "2": 2, "3": 3, "4": 3, "5": 1,
    }  # fmt: skip
    assert levels(opened, **asked, exclude=[between_b_and_c]) == {
        "1": 3, "2": 2, "3": 3, "4": 3, "5": 2,
    }  # fmt: skip
    assert levels(opened, **asked, exclude=[between_b_and_c], on_exclude="drop") == {
        "1": 3, "3": 3, "4": 3, "5": 2,
    }  # fmt: skip


def test_a_property_held_constant_has_one_value_in_all_steps(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(
        opened,
        [
            ("1", 0, "a", "shoe"), ("1", 1, "b", "hat"), ("1", 2, "a", "hat"), ("1", 3, "b", "hat"),
            ("2", 0, "a", "shoe"), ("2", 1, "b", "hat"), ("3", 0, "a", None), ("3", 1, "b", None),
        ],
    )  # fmt: skip
    asked = {"steps": ABC[:2], "window_seconds": DAY, "hold": ["value"]}

    assert levels(opened, **asked) == {"1": 2, "2": 1}
    # Mixpanel's uniques hold the value of the first entry
    assert levels(opened, **asked, count="first") == {"1": 1, "2": 1}


def test_a_breakdown_takes_the_value_of_the_first_step(opened: duckdb.DuckDBPyConnection) -> None:
    put(
        opened,
        [("1", 0, "a", "chrome"), ("1", 1, "a", "firefox"), ("1", 2, "b", "safari"),
         ("2", 0, "a", "chrome")],
    )  # fmt: skip
    asked = {"steps": ABC[:2], "window_seconds": DAY, "by": "value"}

    once = ask(opened, "funnel", "person, segment, reached_step", **asked)
    each = ask(opened, "funnel", "person, segment, reached_step", **asked, once_per="segment")

    assert once == [("1", "firefox", 2), ("2", "chrome", 1)]
    assert each == [("1", "chrome", 2), ("1", "firefox", 2), ("2", "chrome", 1)]


def test_entries_begin_in_the_period_and_may_go_on_after_it(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, [("1", 0, "a"), ("1", 90, "b"), ("2", 60, "a"), ("3", 59, "a")])

    found = ask(
        opened, "funnel", "person, reached_step, is_open",
        steps=ABC[:2], window_seconds=100,
        entered_before=f"{START} + to_seconds(60)",
        known_before=f"{START} + to_seconds(160)",
    )  # fmt: skip

    # the third's window ends at 159, before what is known
    assert found == [("1", 2, False), ("3", 1, False)]


def test_an_entry_whose_window_is_not_over_is_open(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, [("1", 0, "a"), ("2", 60, "a"), ("3", 60, "a"), ("3", 61, "b")])

    found = ask(
        opened, "funnel", "person, is_open",
        steps=ABC[:2], window_seconds=100, known_before=f"{START} + to_seconds(160)",
    )  # fmt: skip

    assert found == [("1", False), ("2", True), ("3", False)]


@pytest.mark.parametrize("modes", [["strict"], ["allow_reentry"]])
def test_modes_that_are_none_are_refused(
    opened: duckdb.DuckDBPyConnection, modes: list[str]
) -> None:
    with pytest.raises(KetteError, match="funnel"):
        ask(opened, "funnel", "*", steps=ABC, window_seconds=1, modes=modes)


class Event(NamedTuple):
    """An event by its second, its number and the steps that it meets."""

    second: int
    number: int
    steps: frozenset[int]


def slow_level(events: list[Event], count: int, window: int, modes: list[str]) -> int:
    """Follow every way there is, event by event, as windowFunnel with strict_once does."""
    ways: dict[int, list[tuple[Event, ...]]] = {step: [] for step in range(1, count + 1)}
    seen = [(event.second, step, event.number, event) for event in events for step in event.steps]
    if "strict_order" in modes:
        seen += [(event.second, 0, event.number, event) for event in events if not event.steps]
    for second, step, _, event in sorted(seen):
        if step == 1:
            ways[1].append((event,))
        elif ends(ways, step, modes):
            break
        elif step:
            ways[step] += [
                (*way, event)
                for way in ways[step - 1]
                if second <= way[0].second + window and may_follow(way, event, modes)
            ]
    return max((step for step, found in ways.items() if found), default=0)


def ends(ways: dict[int, list[tuple[Event, ...]]], step: int, modes: list[str]) -> bool:
    if step == 0:
        return bool(ways[1])
    if "strict_deduplication" in modes and ways[step]:
        return True
    too_early = bool(ways[1]) and not ways[step - 1]
    return too_early and "strict_order" in modes and "allow_reentry" not in modes


def may_follow(way: tuple[Event, ...], event: Event, modes: list[str]) -> bool:
    if "strict_increase" in modes and way[-1].second >= event.second:
        return False
    return not ("strict_once" in modes and event in way)


@st.composite
def persons(draw: st.DrawFn, modes: list[str]) -> list[list[Event]]:
    # in which order strict_once takes events of one moment that meet several steps is open
    seconds = st.lists(st.integers(0, 12), max_size=7, unique="strict_once" in modes)
    steps = st.frozensets(st.sampled_from([1, 2, 3]), max_size=3)
    return [
        [Event(second, number, draw(steps)) for number, second in enumerate(draw(seconds))]
        for _ in range(8)
    ]


@pytest.mark.parametrize("modes", MODES, ids=str)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), window=st.integers(1, 12))
def test_a_funnel_is_that_of_a_slow_one(
    opened: duckdb.DuckDBPyConnection, modes: list[str], data: st.DataObject, window: int
) -> None:
    drawn = data.draw(persons(modes))
    put(
        opened,
        [
            (str(person), event.second, "".join(map(str, sorted(event.steps))))
            for person, events in enumerate(drawn)
            for event in events
        ],
    )

    found = levels(
        opened, steps=[f"contains(name, '{step}')" for step in (1, 2, 3)], window_seconds=window,
        modes=modes,
    )  # fmt: skip

    expected = {str(n): slow_level(events, 3, window, modes) for n, events in enumerate(drawn)}
    assert found == {person: level for person, level in expected.items() if level}
