"""What is said of each customer and account, and what is refused: few, odd and hostile data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from orchestration.insight.lifetime import frames

PURCHASES = pa.schema(
    [
        ("cut", pa.string()),
        ("customer_id", pa.string()),
        ("repeat_count", pa.int64()),
        ("recency_days", pa.int64()),
        ("age_days", pa.int64()),
        ("spend_count", pa.int64()),
        ("spend_mean", pa.float64()),
        ("held_out_count", pa.int64()),
    ]
)
TENURES = pa.schema(
    [
        ("cut", pa.string()),
        ("account_id", pa.string()),
        ("stayed_months", pa.int64()),
        ("has_left", pa.bool_()),
        ("is_begun_unseen", pa.bool_()),
        ("is_there_after", pa.bool_()),
        ("mrr_amount", pa.float64()),
    ]
)
Row = dict[str, Any]


def table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


def buyer(number: int, repeats: int = 0, mean: float | None = None, **other: Any) -> Row:
    """Return a customer whose last purchase of a year was after so many repeats."""
    return {
        "cut": "now",
        "customer_id": f"c{number:04}",
        "repeat_count": repeats,
        "recency_days": 60 * repeats if repeats < 6 else 360,
        "age_days": 365,
        "spend_count": repeats if mean else 0,
        "spend_mean": mean,
        "held_out_count": 0,
        **other,
    }


def account(number: int, months: int, *, left: bool, amount: float | None = None, **other: Any) -> Row:  # fmt: skip
    return {
        "cut": "now",
        "account_id": f"a{number:04}",
        "stayed_months": months,
        "has_left": left,
        "is_begun_unseen": False,
        "is_there_after": not left,
        "mrr_amount": amount,
        **other,
    }


def shop() -> list[Row]:
    """Return a shop's customers of whom a third came back, and spent 20 to 60."""
    return [
        buyer(number, repeats=(number // 3) % 4 + 1, mean=20.0 + number % 41)
        if number % 3 == 0
        else buyer(number)
        for number in range(240)
    ]


def company() -> list[Row]:
    """Return accounts that leave less and less, of which those that stay pay 100 each."""
    gone = [30, 20, 14, 10, 8, 6]
    left = [
        account(100 * month + one, month, left=True)
        for month, count in enumerate(gone, start=1)
        for one in range(count)
    ]
    return left + [account(5000 + one, 6, left=False, amount=100.0) for one in range(60)]


def told(purchases: list[Row], tenures: list[Row], months: int = 12) -> list[Row]:
    found = frames.values(table(purchases, PURCHASES), table(tenures, TENURES), months)
    return list(found.to_pylist())


def test_who_bought_lately_and_often_is_worth_more() -> None:
    rows = {row["subject_id"]: row for row in told(shop(), [])}

    once, often = rows["c0001"], rows["c0009"]
    assert all(row["reason"] is None for row in rows.values())
    assert once["expected_amount"] < often["expected_amount"]
    assert 0 <= once["expected_count"] < often["expected_count"]
    for row in rows.values():
        assert row["expected_amount_low"] < row["expected_amount"] < row["expected_amount_high"]
        assert 0 <= row["alive_rate"] <= 1


def test_an_account_is_worth_what_it_pays_times_the_months_it_will_stay() -> None:
    rows = told([], company())

    assert {row["subject_kind"] for row in rows} == {"account"}
    assert len(rows) == 60
    assert rows[0]["expected_amount"] == pytest.approx(100 * rows[0]["expected_count"])
    # of 66 there 6 left in the last month, before that 11, 12, 14 and 17 %: if 8 % leave next and ever
    # fewer after, a year has about 0.92 + 0.85 + 0.79 + 0.74 + … = 8 months
    assert rows[0]["expected_count"] == pytest.approx(8, abs=0.4)
    assert rows[0]["expected_amount_low"] < rows[0]["expected_amount"]
    # after one month as many stay as the model's own rate says
    (month,) = {row["alive_rate"] for row in told([], company(), months=1)}
    assert month == told([], company(), months=1)[0]["expected_count"]


def test_who_was_there_before_the_records_is_no_witness_but_is_told() -> None:
    older = [account(9000 + one, 40, left=False, amount=10.0, is_begun_unseen=True)
             for one in range(30)]  # fmt: skip

    fits = frames.fits(table([], PURCHASES), table(company() + older, TENURES)).to_pylist()
    alone = frames.fits(table([], PURCHASES), table(company(), TENURES)).to_pylist()

    assert fits == alone
    assert len(told([], company() + older)) == 90


@pytest.mark.parametrize(
    ("purchases", "reason", "missing"),
    [
        ([buyer(1, 2, 9.0)], "too_few_buyers", 99),
        ([buyer(number) for number in range(150)], "too_few_back", 30),
        (
            [buyer(number, 1 if number < 29 else 0) for number in range(150)],
            "too_few_back",
            1,
        ),
        # free orders, or in another currency
        ([buyer(number, number % 3) for number in range(150)], "too_few_amounts", 30),
    ],
    ids=["one customer", "single purchases", "one too few", "no amounts"],
)
def test_too_few_purchases_are_refused_with_what_is_missing(
    purchases: list[Row], reason: str, missing: int
) -> None:
    rows = told(purchases, [])

    assert {(row["reason"], row["missing_count"]) for row in rows} == {(reason, missing)}
    assert {row["expected_amount"] for row in rows} == {None}
    assert len(rows) == len(purchases)


@pytest.mark.parametrize(
    ("tenures", "reason", "missing"),
    [
        ([account(1, 3, left=False, amount=5.0)], "too_few_accounts", 49),
        (
            [account(one, one % 9, left=one < 19, amount=5.0) for one in range(60)],
            "too_few_left",
            1,
        ),
    ],
    ids=["one account", "hardly anybody left"],
)
def test_too_few_accounts_are_refused_with_what_is_missing(
    tenures: list[Row], reason: str, missing: int
) -> None:
    rows = told([], tenures)

    assert {(row["reason"], row["missing_count"]) for row in rows} == {(reason, missing)}


def test_an_account_in_another_currency_has_months_and_no_amount() -> None:
    rows = told([], [*company(), account(9999, 6, left=False)])

    (one,) = [row for row in rows if row["subject_id"] == "a9999"]
    assert one["reason"] == "no_amount"
    assert one["expected_count"] > 0


def test_nobody_at_all_makes_empty_tables() -> None:
    nothing = table([], PURCHASES), table([], TENURES)

    assert frames.values(*nothing, 12).num_rows == 0
    assert frames.fits(*nothing).num_rows == 0
    assert frames.checks(*nothing, 3).num_rows == 0


HOSTILE = {
    "all on one day": [buyer(n, 1, 5.0, recency_days=0, age_days=0) for n in range(200)],
    "all alike": [buyer(n, 2, 5.0) for n in range(200)],
    "the largest amounts": [
        buyer(n, 1 + n % 3, 99_999_999_999_999.99 - n) for n in range(200)
    ],
    "the smallest amounts": [buyer(n, 1 + n % 3, 0.0001 * (1 + n % 5)) for n in range(200)],
    "every day for a century": [
        buyer(n, 36_000, 5.0 + n, recency_days=36_500, age_days=36_525) for n in range(200)
    ],
    "one who buys and many who do not": [
        buyer(n, 36_000 if n == 0 else n % 2, 5.0 + n, recency_days=300 if n == 0 else n % 2)
        for n in range(200)
    ],
    "last purchase long ago": [
        buyer(n, n % 2, 5.0, recency_days=n % 2, age_days=84_000) for n in range(200)
    ],
}  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("purchases", HOSTILE.values(), ids=HOSTILE)
def test_whatever_was_bought_there_is_a_figure_or_a_reason(purchases: list[Row]) -> None:
    rows = told(purchases, [])

    assert len(rows) == len(purchases)
    for row in rows:
        assert (row["expected_amount"] is None) == (row["reason"] is not None)
        for name in ("expected_count", "expected_amount", "alive_rate"):
            assert row[name] is None or 0 <= row[name] < 1e15
    held_out = [{**row, "cut": "held_out"} for row in purchases]
    frames.checks(table(held_out, PURCHASES), table([], TENURES), 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("months", [[1] * 100, [5000] * 100, [0] * 100, [1, 2400] * 50], ids=str)
def test_however_long_accounts_stay_there_is_a_figure_or_a_reason(months: list[int]) -> None:
    rows = told(
        [],
        [account(n, max(stay, 1), left=True) for n, stay in enumerate(months)]
        + [account(1000 + n, stay, left=False, amount=9.0) for n, stay in enumerate(months)],
    )

    assert len(rows) == len(months)
    for row in rows:
        assert (row["expected_amount"] is None) == (row["reason"] is not None)


def test_the_order_of_rows_changes_nothing() -> None:
    mixed = np.random.default_rng(2).permutation(len(shop()))

    assert told([shop()[place] for place in mixed], company()[::-1]) == told(shop(), company())


def test_what_was_expected_of_a_time_that_is_over_stands_beside_what_came() -> None:
    purchases = [{**row, "cut": "held_out", "held_out_count": 2} for row in shop()]
    # of those who were there half have left since
    tenures = [
        {**row, "cut": "held_out", "is_there_after": not row["has_left"] and place % 2 == 0}
        for place, row in enumerate(company())
    ]

    rows = frames.checks(table(purchases, PURCHASES), table(tenures, TENURES), 3).to_pylist()

    assert [(row["subject_kind"], row["bucket"], row["subject_count"], row["actual_count"])
            for row in rows] == [
        ("customer", "0", 160, 320), ("customer", "1", 20, 40), ("customer", "2", 20, 40),
        ("customer", "3+", 40, 80), ("account", "all", 60, 30),
    ]  # fmt: skip
    # as above: 0.79 of them after three months
    assert rows[-1]["expected_count"] == pytest.approx(47, abs=1.5)


def test_of_very_many_customers_a_model_is_fitted_on_some_and_tells_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = told(shop(), [])
    monkeypatch.setattr(frames, "MOST", 120)

    fits = frames.fits(table(shop(), PURCHASES), table(company(), TENURES)).to_pylist()
    some = told(shop(), [])

    assert {row["subject_count"] for row in fits if row["model"] == "bg_nbd"} == {120}
    assert len(some) == len(whole)
    # every second customer is like the others
    for one, other in zip(some, whole, strict=True):
        assert one["expected_count"] == pytest.approx(other["expected_count"], rel=0.5)
