"""What would be lost without a channel: worked by hand, and against a walk through the chain."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from orchestration.insight import attribution

# the example that ChannelAttribution and Anderl et al. work through
BY_HAND = [(("c1", "c2", "c3"), 1, 0), (("c1",), 0, 1), (("c2", "c3"), 0, 1)]


def test_the_removal_effects_of_the_worked_example() -> None:
    # start: 2/3 to c1, 1/3 to c2; c1: 1/2 to c2, else lost; c2 always to c3; c3: 1/2 converts. That is
    # (2/3 · 1/2 + 1/3) · 1/2 = 1/3; without c1 1/3 · 1/2 = 1/6, without c2 or c3 nothing.
    effects = attribution.removal_effects(BY_HAND)

    assert effects == pytest.approx({"c1": 0.5, "c2": 1.0, "c3": 1.0})
    whole = sum(effects.values())
    assert [effects[name] / whole for name in effects] == pytest.approx([0.2, 0.4, 0.4])


def test_a_channel_that_comes_back_later_in_a_path() -> None:
    # a > b > a converts once of two: a is left 4 times, 2 to b and 1 to a conversion, b always to a.
    # From a: x = 1/2 x + 1/4, so 1/2. Without b: 1/4, so half is lost.
    effects = attribution.removal_effects([(("a", "b", "a"), 1, 1)])

    assert effects == pytest.approx({"a": 1.0, "b": 0.5})


def test_a_channel_that_never_converts_costs_nothing() -> None:
    effects = attribution.removal_effects([(("a",), 3, 0), (("b",), 0, 2)])

    assert effects == pytest.approx({"a": 1.0, "b": 0.0})


@pytest.mark.parametrize("paths", [[], [(("a", "b"), 0, 5)]], ids=["no paths", "no conversions"])
def test_where_nothing_converts_nothing_is_lost(paths: list[tuple[tuple[str, ...], int, int]]) -> None:  # fmt: skip
    assert attribution.removal_effects(paths) == {}


def test_the_solution_is_that_of_walking_through_the_chain() -> None:
    random = np.random.default_rng(5)
    paths = [
        (
            tuple(random.choice(["a", "b", "c", "d"], size=random.integers(1, 6))),
            int(random.integers(0, 4)),
            int(random.integers(0, 4)) + 1,
        )
        for _ in range(40)
    ]

    effects = attribution.removal_effects(paths)

    whole = walked(paths, None)
    expected = {channel: 1 - walked(paths, channel) / whole for channel in "abcd"}
    assert effects == pytest.approx(expected, abs=1e-9)


def walked(paths: list[tuple[tuple[str, ...], int, int]], gone: str | None) -> float:
    """Return the conversion rate by pushing everybody on, step by step, until all have arrived."""
    arrows: Counter[tuple[str, str]] = Counter()
    left: Counter[str] = Counter()
    for path, converted, lost in paths:
        for end, count in (("yes", converted), ("no", lost)):
            for one, following in pairwise(("start", *path, end)):
                arrows[one, following] += count
                left[one] += count
    waiting, arrived = {"start": 1.0}, 0.0
    while sum(waiting.values()) > 1e-14:
        onwards: defaultdict[str, float] = defaultdict(float)
        for (one, following), count in arrows.items():
            onwards[following] += waiting.get(one, 0.0) * count / left[one]
        arrived += onwards["yes"]
        waiting = {place: share for place, share in onwards.items() if place not in {"no", gone}}
        waiting.pop("yes", None)
    return arrived


def test_effects_are_told_by_window_and_kind_and_none_of_kinds_that_nobody_reached() -> None:
    table = pa.table(
        {
            "window_days": [30, 30, 30, 7, 30],
            "conversion_kind": ["sign_up", "sign_up", "sign_up", "sign_up", "first_order"],
            "path": ["c1 > c2 > c3", "c1", "c2 > c3", "c3", "c1"],
            "converted_count": [1, 0, 0, 1, 0],
            "lost_count": [0, 1, 1, 0, 4],
        }
    )

    rows = attribution.removals(table).to_pylist()

    assert [tuple(row.values())[:3] for row in rows] == [
        (7, "sign_up", "c3"),
        (30, "sign_up", "c1"), (30, "sign_up", "c2"), (30, "sign_up", "c3"),
    ]  # fmt: skip
    assert [row["removal_effect"] for row in rows] == pytest.approx([1, 0.5, 1, 1])


def test_of_no_paths_there_is_an_empty_table() -> None:
    table = pa.table(
        {
            "window_days": pa.array([], pa.int64()),
            "conversion_kind": pa.array([], pa.string()),
            "path": pa.array([], pa.string()),
            "converted_count": pa.array([], pa.int64()),
            "lost_count": pa.array([], pa.int64()),
        }
    )

    assert attribution.removals(table).num_rows == 0
