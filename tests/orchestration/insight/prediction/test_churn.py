"""Who will leave: the AUC by hand, planted chances, refusals, and subscribers of a telephone company."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from scipy import special

from orchestration.insight.prediction import churn, model

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HORIZON = timedelta(days=90)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
LINES = pa.Table.from_pylist(
    [
        {"feature": "risk", "kind": "number"},
        {"feature": "plan", "kind": "category"},
        {"feature": "never", "kind": "yes_no"},
    ]
)
NUMBERS = {"tenure", "MonthlyCharges", "TotalCharges", "SeniorCitizen"}


def looks(count: int, slope: float, *, today: int = 5, seed: int = 1) -> pa.Table:
    """Return accounts looked at over 600 days, one more of which leave for each step of risk."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=count + today)
    left = rng.random(count) < special.expit(-1.5 + slope * risk[:count])
    days = np.r_[rng.integers(0, 600, count), np.full(today, 700)]
    return pa.table(
        {
            "landmark_id": [f"{n:05}|{n >= count}" for n in range(count + today)],
            "account_id": [f"{n:05}" for n in range(count + today)],
            "landmark_at": pa.array(
                [FIRST + timedelta(days=int(day)) for day in days], pa.timestamp("us", "UTC")
            ),
            "is_current": np.arange(count + today) >= count,
            "is_retained": pa.array([*(not one for one in left), *[None] * today], pa.bool_()),
            "risk": risk,
            "plan": rng.choice(["a", "b"], count + today),
            "never": pa.array([None] * (count + today), pa.bool_()),
        }
    )


def test_the_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    chances = np.array([0.9, 0.4, 0.4, 0.1])
    came = np.array([True, True, False, False])

    # of four pairs three are right, and one that is even counts half
    assert churn.auc(chances, came) == 3.5 / 4


def test_planted_chances_are_told_and_stand_for_what_comes() -> None:
    found = {
        row["risk_group"]: row
        for row in churn.back_test(looks(4000, 1.0), LINES, HORIZON).to_pylist()
    }
    whole = found["all"]
    # what anybody who knew the planted chances would reach
    rng = np.random.default_rng(2)
    risk = rng.normal(size=200_000)
    planted = special.expit(-1.5 + risk)
    best = churn.auc(planted, rng.random(200_000) < planted)

    assert whole["status"] == "tested"
    assert whole["auc"] == pytest.approx(best, abs=0.03)
    assert whole["auc_low"] < best < whole["auc_high"]
    assert whole["expected_left_count"] == pytest.approx(whole["left_count"], rel=0.15)
    assert found["low"]["left_count"] < found["middle"]["left_count"] < found["high"]["left_count"]
    assert (
        sum(found[name]["look_count"] for name in ("low", "middle", "high")) == whole["look_count"]
    )
    # the outcome of every look learned from was known at the moment of the test
    assert whole["look_count"] == pytest.approx(0.3 * 4000, rel=0.02)


def test_what_tells_nothing_is_no_better_than_a_coin_and_nobody_gets_a_chance() -> None:
    table = looks(2000, 0.0)
    tested = churn.back_test(table, LINES, HORIZON)

    assert set(tested.column("status").to_pylist()) == {"no_better_than_chance"}
    assert churn.forecast(table, LINES, tested).num_rows == 0


@pytest.mark.parametrize("count", [0, 1, 30])
def test_too_few_are_refused_with_what_is_missing(count: int) -> None:
    table = looks(count, 1.0)
    (row,) = churn.back_test(table, LINES, HORIZON).to_pylist()

    assert row["status"] == "too_few"
    assert 0 < row["missing_count"] <= churn.FEWEST_LEARNED
    assert churn.forecast(table, LINES, churn.back_test(table, LINES, HORIZON)).num_rows == 0


def test_each_account_that_pays_today_has_a_chance_and_what_raises_it() -> None:
    table = looks(4000, 1.0, today=40)
    found = churn.forecast(table, LINES, churn.back_test(table, LINES, HORIZON)).to_pylist()
    risk = np.asarray(table.column("risk"))[4000:]

    assert [row["account_id"] for row in found] == [f"{n:05}" for n in range(4000, 4040)]
    chances = np.array([row["leaving_chance"] for row in found])
    assert np.corrcoef(chances, special.expit(-1.5 + risk))[0, 1] > 0.95
    assert found[int(np.argmax(risk))]["reason_features"][0] == "risk"
    assert "risk" not in found[int(np.argmin(risk))]["reason_features"]


def test_the_order_of_rows_decides_nothing() -> None:
    table = looks(1500, 1.0)
    turned = table.take(pa.array(np.random.default_rng(3).permutation(table.num_rows)))
    tested = churn.back_test(table, LINES, HORIZON)

    assert churn.back_test(turned, LINES, HORIZON).equals(tested)
    assert churn.forecast(turned, LINES, tested).equals(churn.forecast(table, LINES, tested))


@pytest.mark.real_data
def test_who_leaves_a_telephone_company_is_told_as_well_as_published(real_data: Path) -> None:
    table, lines, left = subscribers(real_data / "churn" / "telco_churn.csv.gz")
    fold = np.random.default_rng(1).permutation(len(left)) % 5
    chances = np.empty(len(left))
    for one in range(5):
        held = fold == one
        fitted = model.fitted(table.filter(pa.array(~held)), lines, left[~held])
        chances[held] = fitted.chances(table.filter(pa.array(held)))

    # InterpretML's table has 0.849 for a logistic regression and 0.852 for the best of its models
    assert churn.auc(chances, left) >= 0.84
    low, high = churn.interval(chances, left, np.arange(len(left)))
    assert low > 0.83
    assert high < 0.87
    assert chances.sum() == pytest.approx(left.sum(), rel=0.02)


def subscribers(path: Path) -> tuple[pa.Table, list[dict[str, Any]], NDArray[np.bool_]]:
    """Return features, their kinds, and who left."""
    with gzip.open(path) as file:
        header = file.readline().decode().strip().split(",")
    texts = pyarrow.csv.read_csv(
        path,
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        ),
    )
    names = [name for name in texts.column_names if name not in ("customerID", "Churn")]
    columns = {
        name: pa.array(
            [float(text) if text.strip() else None for text in texts.column(name).to_pylist()]
        )
        if name in NUMBERS
        else texts.column(name)
        for name in names
    }
    lines = [
        {"feature": name, "kind": "number" if name in NUMBERS else "category"} for name in names
    ]
    return pa.table(columns), lines, np.array(texts.column("Churn").to_pylist()) == "Yes"
