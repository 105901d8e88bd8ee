"""Paths: the examples of ClickHouse's page on sequenceMatch, and a slow, obvious matcher in Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings, strategies as st

from ingestion.errors import KetteError
from tests.explore.events import ask, connection, put, spelt

if TYPE_CHECKING:
    import duckdb

ONE_TWO = ["name = '1'", "name = '2'"]


@pytest.fixture(scope="module")
def opened() -> duckdb.DuckDBPyConnection:
    return connection()


def matches(
    opened: duckdb.DuckDBPyConnection, conditions: list[str], pattern: str
) -> dict[str, int]:
    found = ask(opened, "path_matches", "person", conditions=conditions, pattern=pattern)
    return {person: found.count((person,)) for (person,) in found}


def test_events_without_a_condition_are_skipped_as_in_clickhouse(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, spelt({"t": "132"}))

    assert matches(opened, ONE_TWO, "(?1)(?2)") == {"t": 1}
    assert matches(opened, [*ONE_TWO, "name = '3'"], "(?1)(?2)") == {}
    assert matches(opened, [*ONE_TWO, "name = '4'"], "(?1)(?2)") == {"t": 1}


def test_matches_are_counted_without_overlap_as_in_clickhouse(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    put(opened, spelt({"t": "132132"}))
    assert matches(opened, ONE_TWO, "(?1).*(?2)") == {"t": 2}

    put(opened, spelt({"t": "11111"}))
    assert matches(opened, ["name = '1'"], "(?1)(?1)") == {"t": 2}


@pytest.mark.parametrize(
    ("sign", "found"),
    [("<=2", 1), ("<2", 0), (">=2", 1), (">2", 0), ("==2", 1), ("==1", 0), (">1", 1)],
)
def test_a_time_stands_between_two_events_and_others_may_lie_between(
    opened: duckdb.DuckDBPyConnection, sign: str, found: int
) -> None:
    put(opened, spelt({"t": "132"}))

    three = [*ONE_TWO, "name = '3'"]
    assert matches(opened, three, f"(?1)(?t{sign})(?2)") == ({"t": 1} if found else {})


def test_a_dot_is_any_event_that_meets_a_condition(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, spelt({"near": "1x2", "far": "1x3x2"}))
    three = [*ONE_TWO, "name = '3'"]

    assert matches(opened, three, "(?1).(?2)") == {"far": 1}


def test_a_match_says_when_it_begins_and_ends(opened: duckdb.DuckDBPyConnection) -> None:
    put(opened, spelt({"t": "x1112"}))

    found = ask(
        opened, "path_matches", "epoch(ended_at - started_at)",
        conditions=ONE_TWO, pattern="(?1)(?1)(?2)",
    )  # fmt: skip

    assert found == [(2.0,)]


@pytest.mark.parametrize(
    "pattern",
    ["", "(?3)", "(?0)", "(?t<=5)(?1)", "(?1)(?t<=5)", "(?1)(?t<=5).*(?2)", "(?1)(?t<=)(?2)",
     "(?1", "abc", "(?1)(?t=5)(?2)", ".*", "(?1).*.*(?2)"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(opened: duckdb.DuckDBPyConnection, pattern: str) -> None:
    with pytest.raises(KetteError, match="is no pattern of 2 conditions"):
        matches(opened, ONE_TWO, pattern)


class Event(NamedTuple):
    """An event: its second, and the conditions that it meets."""

    second: int
    met: frozenset[int]


LINKS = ["", ".*", *(f"(?t{sign}{gap})" for sign in ("<=", "<", ">=", ">", "==") for gap in (0, 3))]


def slow_end(events: list[Event], at: int, parts: list[str], links: list[str]) -> int | None:
    """Return where the first match from an event ends, trying one event after the other."""
    part = parts[0]
    if part != "." and int(part) not in events[at].met:
        return None
    if not links:
        return at
    for then in range(at + 1, len(events)):
        gap = events[then].second - events[at].second
        if links[0] in {"", ".*"}:
            fits = links[0] == ".*" or then == at + 1
        else:
            sign, seconds = re.fullmatch(r"\(\?t([<>=]+)(\d+)\)", links[0]).groups()  # type: ignore[union-attr]
            fits = eval(f"{gap} {sign} {seconds}")
        if fits and (end := slow_end(events, then, parts[1:], links[1:])) is not None:
            return end
    return None


def slow_count(events: list[Event], parts: list[str], links: list[str]) -> int:
    seen = [event for event in events if event.met]
    count, at = 0, 0
    while at < len(seen):
        end = slow_end(seen, at, parts, links)
        count += end is not None
        at = at + 1 if end is None else end + 1
    return count


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_paths_are_those_of_a_slow_matcher(
    opened: duckdb.DuckDBPyConnection, data: st.DataObject
) -> None:
    parts = data.draw(st.lists(st.sampled_from(["1", "2", "."]), min_size=1, max_size=4))
    links = [data.draw(st.sampled_from(LINKS)) for _ in parts[1:]]
    event = st.builds(Event, st.integers(0, 8), st.frozensets(st.sampled_from([1, 2])))
    drawn = [sorted(one) for one in data.draw(st.lists(st.lists(event, max_size=9), max_size=6))]
    put(
        opened,
        [
            (str(person), one.second, "".join(map(str, sorted(one.met))))
            for person, events in enumerate(drawn)
            for one in events
        ],
    )
    spelt_parts = ["." if part == "." else f"(?{part})" for part in parts]
    pattern = spelt_parts[0] + "".join(
        link + part for link, part in zip(links, spelt_parts[1:], strict=True)
    )

    found = matches(opened, ["contains(name, '1')", "contains(name, '2')"], pattern)

    expected = {str(n): slow_count(events, parts, links) for n, events in enumerate(drawn)}
    assert found == {person: count for person, count in expected.items() if count}, pattern
