"""The ranking: what it refuses, what it cannot tell apart, and that the order of rows decides nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from orchestration.insight.drivers import ranking

LINE = {"kind": "yes_no", "role": "driver", "better": "higher", "threshold": None}


def lines(*names: str, **changes: Any) -> pa.Table:
    """Return lines of the seed that differ from a plain one by the changes."""
    schema = pa.schema(
        [(name, pa.string()) for name in ("feature", "kind", "role", "better")]
        + [("threshold", pa.float64())]
    )
    return pa.Table.from_pylist(
        [{**LINE, **changes, "feature": name} for name in names], schema=schema
    )


def looks(count: int = 400, **columns: Any) -> pa.Table:
    """Return accounts looked at once, a quarter of which left, with features."""
    rng = np.random.default_rng(5)
    return pa.table(
        {
            "landmark_id": [f"{n:04}|0" for n in range(count)],
            "account_id": [f"{n:04}" for n in range(count)],
            "is_current": [False] * count,
            "is_retained": pa.array(rng.random(count) < 0.75, pa.bool_()),
            "mrr_amount": pa.array([Decimal(100)] * count, pa.decimal128(18, 2)),
            **columns,
        }
    )


def drawn(count: int = 400, seed: int = 1, share: float = 0.5) -> pa.Array:
    """Return random yes and no."""
    return pa.array(np.random.default_rng(seed).random(count) < share)


def test_the_order_of_rows_decides_nothing() -> None:
    table = looks(one=drawn(), two=drawn(seed=2))
    turned = table.take(pa.array(np.random.default_rng(3).permutation(400)))

    assert ranking.ranked(table, lines("one", "two"), []).equals(
        ranking.ranked(turned, lines("one", "two"), [])
    )


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True] * 400),
        pa.array([None] * 400, pa.bool_()),
        pa.array([None] * 399 + [True], pa.bool_()),
    ],
    ids=["constant", "never known", "known once"],
)
def test_what_does_not_vary_is_refused(values: pa.Array) -> None:
    (found,) = ranking.ranked(looks(one=values), lines("one"), []).to_pylist()

    assert found["status"] == "too_few"
    assert found["missing_count"] == 10
    assert found["effect"] is found["q_value"] is found["unadjusted_effect"] is None


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_account_is_no_error(count: int) -> None:
    table = looks(count, one=drawn(count), two=pa.array([1.5] * count, pa.float64()))
    declared = pa.concat_tables([lines("one"), lines("two", kind="number")])
    found = ranking.ranked(table, declared, []).to_pylist()

    assert {row["status"] for row in found} <= {"too_few"}
    assert ranking.ranked(table, declared, []).schema.equals(ranking.SCHEMA)


def test_nobody_left_and_nothing_declared_are_no_error() -> None:
    stayed = looks(one=drawn()).set_column(3, "is_retained", pa.array([True] * 400))
    (found,) = ranking.ranked(stayed, lines("one"), []).to_pylist()

    assert (found["status"], found["missing_count"]) == ("too_few", 10)
    assert ranking.ranked(looks(), lines(), []).num_rows == 0
    # a line of a column that is not there asks nothing
    assert ranking.ranked(looks(), lines("one"), []).num_rows == 0


def test_it_says_how_many_departures_are_missing() -> None:
    # 40 accounts on the good side, 7 of which left; many of either kind on the other
    good = np.arange(400) < 40
    stayed = np.where(good, np.arange(400) >= 7, np.arange(400) % 4 > 0)
    table = looks(one=pa.array(good)).set_column(3, "is_retained", pa.array(stayed))
    (found,) = ranking.ranked(table, lines("one"), []).to_pylist()

    assert (found["good_count"], found["good_left_count"]) == (40, 7)
    assert (found["status"], found["missing_count"]) == ("too_few", 3)
    # 33 of 40 against 270 of 360
    assert found["unadjusted_effect"] == pytest.approx(33 / 40 - 270 / 360)


def test_candidates_that_go_along_are_said_to_be_one_and_not_held_constant() -> None:
    one = np.random.default_rng(1).random(400) < 0.5
    nearly = np.where(np.arange(400) < 20, ~one, one)
    table = looks(one=pa.array(one), nearly=pa.array(nearly), other=drawn(seed=4))
    found = {
        row["feature"]: row
        for row in ranking.ranked(table, lines("one", "nearly", "other"), []).to_pylist()
    }

    assert found["one"]["alike_features"] == ["nearly"]
    assert found["nearly"]["alike_features"] == ["one"]
    assert found["other"]["alike_features"] == []
    # held constant for each other, neither side would have a counterpart
    assert found["one"]["effect"] is not None


def test_a_number_is_divided_at_its_threshold_or_its_median() -> None:
    minutes = pa.array(np.arange(400.0))
    declared = pa.concat_tables(
        [
            lines("minutes", kind="number", better="lower", threshold=59.0),
            lines("hours", kind="number", better="lower"),
        ]
    )
    found = {
        row["feature"]: row
        for row in ranking.ranked(looks(minutes=minutes, hours=minutes), declared, []).to_pylist()
    }

    assert (found["minutes"]["cut_value"], found["minutes"]["good_count"]) == (59, 60)
    assert (found["hours"]["cut_value"], found["hours"]["good_count"]) == (199.5, 200)


def test_a_symptom_and_what_is_only_held_constant_are_not_asked_about() -> None:
    table = looks(one=drawn(), two=drawn(seed=2), three=drawn(seed=3), four=drawn(seed=4))
    declared = pa.concat_tables(
        [
            lines("one"),
            lines("two", role="mediator"),
            lines("three", role="confounder"),
            lines("four", role="collider"),
        ]
    )
    found = ranking.ranked(table, declared, []).to_pylist()

    assert [row["feature"] for row in found] == ["one", "two"]


def test_reach_and_worth_are_those_of_accounts_that_pay_today() -> None:
    rng = np.random.default_rng(8)
    good = rng.random(2000) < 0.5
    stayed = rng.random(2000) < np.where(good, 0.9, 0.6)
    past = looks(2000, one=pa.array(good)).set_column(3, "is_retained", pa.array(stayed))
    today = looks(3, one=pa.array([True, False, False]))
    today = (
        today.set_column(0, "landmark_id", pa.array(["a|-1", "b|-1", "c|-1"]))
        .set_column(2, "is_current", pa.array([True] * 3))
        .set_column(3, "is_retained", pa.array([None] * 3, pa.bool_()))
        .set_column(
            4, "mrr_amount", pa.array([Decimal(1), Decimal("20.50"), None], pa.decimal128(18, 2))
        )
    )
    (found,) = ranking.ranked(pa.concat_tables([past, today]), lines("one"), []).to_pylist()

    assert found["row_count"] == 2000
    assert found["status"] == "found"
    # whoever is on the bad side today
    assert (found["reach_account_count"], found["reach_mrr_amount"]) == (2, Decimal("20.50"))
    assert found["worth_mrr_amount"] == round(Decimal("20.50") * Decimal(str(found["effect"])), 2)
    assert (
        found["worth_mrr_low_amount"] < found["worth_mrr_amount"] < found["worth_mrr_high_amount"]
    )


def test_each_value_of_a_segment_is_asked_on_its_own() -> None:
    table = looks(one=drawn(), persona=pa.array(["leader", None] * 200, pa.string()))
    found = ranking.ranked(table, lines("one"), ["persona"]).to_pylist()

    assert [(row["segment_kind"], row["segment"], row["row_count"]) for row in found] == [
        ("all", "all", 400),
        ("persona", "leader", 200),
    ]


def test_of_very_many_looks_those_of_some_accounts_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ranking, "MOST_LOOKS", 300)
    table = looks(one=drawn())
    today = looks(50, one=pa.array([False] * 50))
    today = (
        today.set_column(0, "landmark_id", pa.array([f"{n:04}|-1" for n in range(50)]))
        .set_column(2, "is_current", pa.array([True] * 50))
        .set_column(3, "is_retained", pa.array([None] * 50, pa.bool_()))
    )
    both = pa.concat_tables([table, today])
    turned = both.take(pa.array(np.random.default_rng(3).permutation(450)))
    (found,) = ranking.ranked(both, lines("one"), []).to_pylist()

    assert found["row_count"] == 300
    # whom it concerns is counted of all
    assert found["effect"] < 0 or found["reach_account_count"] == 50
    assert ranking.ranked(turned, lines("one"), []).to_pylist() == [found]
