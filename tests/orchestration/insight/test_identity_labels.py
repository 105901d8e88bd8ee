"""The evidence as it stood at an earlier moment: nothing of what came later may show through."""

from __future__ import annotations

from datetime import timedelta

from orchestration.insight.identity import labels
from tests.orchestration.insight.graphs import FIRST, evidence_table, link


def before(day: int, *links: dict[str, object]) -> list[tuple[str, object]]:
    found = labels.known_before(evidence_table(links), FIRST + timedelta(days=day))
    return [
        (row["right_value"], (row["last_seen_at"] - FIRST).days if row["last_seen_at"] else None)
        for row in found.to_pylist()
    ]


def test_only_what_had_been_seen_before_the_moment_is_known() -> None:
    links = [
        link("user:1", "device:before", day=9),
        link("user:1", "device:at_the_moment", day=10),
        link("user:1", "device:later", day=11),
    ]
    assert before(10, *links) == [("before", 9)]


def test_what_was_seen_again_later_was_last_seen_before_the_moment() -> None:
    assert before(10, link("user:1", "device:again", day=3, until=20)) == [("again", 10)]


def test_what_has_no_time_is_left_out() -> None:
    links = [link("user:1", "device:mapped", day=None), link("a:1", "a:2", day=None, kind="manual")]
    assert before(10, *links) == []


def test_of_nothing_nothing_was_known() -> None:
    assert before(10) == []
