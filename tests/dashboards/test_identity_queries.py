"""What the page Identity asks the published warehouse, against a map reckoned by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from dashboards.queries import identity
from tests.dashboards.worked_example import ANNA, ANONYMOUS, HOSTILE, JONAS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(full: Path) -> str:
    return str(full)


def test_precision_counts_answers_recall_counts_pairs_and_f1_is_between(path: str) -> None:
    found = identity.scores(path)
    counts = (found.confirmed, found.contradicted, found.missed, found.not_known_before)
    assert counts == (6, 1, 1, 2)
    assert found.judged == 8
    assert found.precision == pytest.approx(6 / 7)
    assert found.recall == pytest.approx(6 / 8)
    assert found.f1 == pytest.approx(0.8)
    assert found.map_as_of == datetime(2026, 3, 3, tzinfo=UTC)


def test_what_the_map_was_made_of_does_not_measure_it(path: str) -> None:
    again = identity.scores(path, is_repeated=True)
    assert (again.judged, again.confirmed, again.recall) == (5, 5, 1.0)


def test_a_score_tells_how_sure_it_is(path: str) -> None:
    # Wilson's formula, reckoned by hand
    found = identity.scores(path)
    assert found.precision_interval == pytest.approx((0.4869, 0.9743), abs=1e-4)
    assert found.recall_interval == pytest.approx((0.4093, 0.9285), abs=1e-4)


def test_without_later_logins_there_is_no_score(empty: Path) -> None:
    found = identity.scores(str(empty))
    assert (found.judged, found.precision, found.recall, found.f1) == (0, None, None, None)
    assert found.precision_interval is None


def test_what_was_told_again_is_counted_apart_from_what_was_new(path: str) -> None:
    found = {
        (row["kind"], row["is_repeated"]): (
            scores.confirmed,
            scores.missed,
            scores.not_known_before,
        )
        for row, scores in identity.scores_by_kind(path)
    }
    assert found == {
        ("crm_merge", False): (0, 1, 0),
        ("login", False): (6, 0, 2),
        ("login", True): (5, 0, 0),
    }


def test_mistakes_come_latest_first(path: str) -> None:
    found = identity.mistakes(path)
    assert [(row["left_value"], row["verdict"]) for row in found] == [
        ("device-7", "missed"),
        ("device-6", "contradicted"),
    ]


def test_the_size_of_the_map_tells_identified_persons_apart(path: str) -> None:
    found = identity.size(path)
    # Anna has six, Jonas, the hostile person and the anonymous visitor one each
    assert found["identifier_count"] == 9
    assert found["person_count"] == 4
    assert found["identified_count"] == 3
    assert found["identifier_count_of_identified"] == 8
    assert found["largest_count"] == 6


def test_the_largest_person_shows_its_weakest_link_and_its_worst_bridge(path: str) -> None:
    found = identity.largest(path)
    assert [row["customer_id"] for row in found] == [ANNA, ANONYMOUS, HOSTILE, JONAS]
    anna = found[0]
    assert (anna["weakest"]["left_value"], anna["weakest"]["right_value"]) == (
        "device-two",
        "u-1001",
    )
    # contact and address hang on one link; devices that split off alone are no news
    assert (anna["bridge"]["left_value"], anna["bridge"]["split_size"]) == ("501", 2)
    assert found[1]["weakest"] is None
    assert found[1]["bridge"] is None


def test_links_come_strongest_first_with_what_tells_of_them(path: str) -> None:
    found = identity.links(path, ANNA)
    assert [row["strength_rank"] for row in found] == [1, 2, 3, 4]
    last = found[-1]
    assert [(row["kind"], row["evidence_count"]) for row in last["evidence"]] == [("login", 3)]
    assert identity.links(path, JONAS) == []


def test_refusals_are_counted_by_reason(path: str) -> None:
    found = [
        (row["refusal_reason"], row["link_count"], row["person_count"])
        for row in identity.refusals(path)
    ]
    # Anna and two values that are nobody's; Anna and Jonas
    assert found == [("blocked_value", 2, 3), ("too_many:user_id", 1, 2)]
    assert [row["right_value"] for row in identity.refused(path, "blocked_value")] == ["0", "none"]


def test_suspects_come_with_the_most_persons_first(path: str) -> None:
    assert [row["person_count"] for row in identity.suspects(path)] == [5, 3]
