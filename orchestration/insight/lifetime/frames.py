"""What is expected of each customer and account, as pure functions of frames; called from dbt Python models.

Where too little is known nothing is guessed: the figures are null, with the reason and with how many are
missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from orchestration.insight.lifetime import buying, fitting, leaving, spending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Parameters = Sequence[NDArray[np.float64]]

# of fewer the parameters would be guesswork
FEWEST_BUYERS = 100
FEWEST_BACK = 30
FEWEST_ACCOUNTS = 50
FEWEST_LEFT = 20
# of more the parameters hardly grow surer, and the search takes as much longer
MOST = 20_000
# what is larger is no amount of money
_LARGEST = 1e15
DAYS_A_MONTH = 30.4375
DAYS_A_WEEK = 7.0
CUSTOMER, ACCOUNT = "customer", "account"
NOW, HELD_OUT = "now", "held_out"
# customers are checked by how often they had bought again
_BUCKETS = ((0, 0, "0"), (1, 1, "1"), (2, 2, "2"), (3, np.inf, "3+"))
_SUBJECT = [("subject_kind", pa.string()), ("subject_id", pa.string())]
_VALUES = pa.schema(
    [
        *_SUBJECT,
        ("expected_count", pa.float64()),
        ("expected_amount", pa.float64()),
        ("expected_amount_low", pa.float64()),
        ("expected_amount_high", pa.float64()),
        ("alive_rate", pa.float64()),
        ("reason", pa.string()),
        ("missing_count", pa.int64()),
    ]
)
_FITS = pa.schema(
    [
        ("model", pa.string()),
        ("parameter", pa.string()),
        ("parameter_value", pa.float64()),
        ("parameter_low", pa.float64()),
        ("parameter_high", pa.float64()),
        ("subject_count", pa.int64()),
        ("log_likelihood", pa.float64()),
    ]
)
_CHECKS = pa.schema(
    [
        ("subject_kind", pa.string()),
        ("bucket", pa.string()),
        ("subject_count", pa.int64()),
        ("expected_count", pa.float64()),
        ("actual_count", pa.int64()),
    ]
)
NAMES = {
    "bg_nbd": ("r", "alpha", "a", "b"),
    "gamma_gamma": ("p", "q", "v"),
    "shifted_beta_geometric": ("alpha", "beta"),
}


@dataclass(frozen=True)
class Refusal:
    """Why nothing is said: a reason, and how many are missing where it is a matter of number."""

    reason: str
    missing: int | None = None


def fit_buying(purchases: pa.Table) -> fitting.Fit | Refusal:
    """Return how customers buy and leave, or why that cannot be told.

    Args:
        purchases: Of one cut, with the columns ``repeat_count``, ``recency_days`` and ``age_days``.
    """
    buyers = _buyers(_some(purchases))
    if (missing := FEWEST_BUYERS - len(buyers.repeats)) > 0:
        return Refusal("too_few_buyers", missing)
    if (missing := FEWEST_BACK - int((buyers.repeats > 0).sum())) > 0:
        return Refusal("too_few_back", missing)
    return _fitted(lambda: buying.fit(buyers))


def fit_spending(purchases: pa.Table) -> fitting.Fit | Refusal:
    """Return what customers spend on a purchase after the first, or why that cannot be told.

    Args:
        purchases: Of one cut, with the columns ``spend_count`` and ``spend_mean``.
    """
    counts, means = _spent(_some(purchases))
    known = counts > 0
    if (missing := FEWEST_BACK - int(known.sum())) > 0:
        return Refusal("too_few_amounts", missing)
    return _fitted(lambda: spending.fit(counts[known], means[known]))


def fit_leaving(tenures: pa.Table) -> fitting.Fit | Refusal:
    """Return how accounts leave, or why that cannot be told.

    Args:
        tenures: Of one cut, with the columns ``stayed_months``, ``has_left`` and ``is_begun_unseen``:
            who was there before the records began is no witness of how long accounts stay.
    """
    tenures = _some(tenures)
    counts = ~_column(tenures, "is_begun_unseen", bool)
    months = _column(tenures, "stayed_months", np.int64)[counts]
    left = _column(tenures, "has_left", bool)[counts]
    if (missing := FEWEST_ACCOUNTS - len(months)) > 0:
        return Refusal("too_few_accounts", missing)
    if (missing := FEWEST_LEFT - int(left.sum())) > 0:
        return Refusal("too_few_left", missing)
    return _fitted(lambda: leaving.fit(months, left))


def values(purchases: pa.Table, tenures: pa.Table, horizon_months: int) -> pa.Table:
    """Return what is expected of each customer who bought and each account that pays.

    Args:
        purchases: One row per ``customer_id`` and ``cut``; see the functions above.
        tenures: One row per ``account_id``, ``cut`` and spell; beside what is above ``mrr_amount``.
        horizon_months: How far ahead is looked.
    """
    known = _of(tenures, NOW)
    pays = known.filter(pa.array(~_column(known, "has_left", bool)))
    rows = _customers(_of(purchases, NOW), horizon_months)
    rows += _accounts(known, pays, horizon_months)
    return _table(rows, _VALUES)


def fits(purchases: pa.Table, tenures: pa.Table) -> pa.Table:
    """Return the parameters of each model that could be fitted, with how sure they are."""
    bought, known = _of(purchases, NOW), _of(tenures, NOW)
    found = {
        "bg_nbd": (fit_buying(bought), _some(bought).num_rows),
        "gamma_gamma": (fit_spending(bought), int((_spent(_some(bought))[0] > 0).sum())),
        "shifted_beta_geometric": (
            fit_leaving(known),
            int((~_column(_some(known), "is_begun_unseen", bool)).sum()),
        ),
    }
    rows = []
    for model, (fit, count) in found.items():
        if isinstance(fit, Refusal):
            continue
        low, high = fitting.interval(lambda values: values[0], [fit])
        rows += [
            (model, *told, count, fit.log_likelihood)
            for told in zip(
                NAMES[model], fit.values.tolist(), low.tolist(), high.tolist(), strict=True
            )
        ]
    return _table(rows, _FITS)


def checks(purchases: pa.Table, tenures: pa.Table, held_out_months: int) -> pa.Table:
    """Return what was expected of a time that is over, by what was known before it, and what came.

    Args:
        purchases: With ``held_out_count``: on how many days each bought in that time.
        tenures: With ``is_there_after``: whether the account then still paid without a break.
        held_out_months: How long that time was.
    """
    rows: list[tuple[Any, ...]] = []
    bought = _of(purchases, HELD_OUT)
    if not isinstance(fit := fit_buying(bought), Refusal):
        buyers = _buyers(bought)
        told = buying.expected(fit.values, buyers, held_out_months * DAYS_A_MONTH / DAYS_A_WEEK)
        came = _column(bought, "held_out_count", np.int64)
        for low, high, bucket in _BUCKETS:
            inside = (buyers.repeats >= low) & (buyers.repeats <= high)
            sums = (int(inside.sum()), _sum(told[inside]), int(came[inside].sum()))
            rows += [(CUSTOMER, bucket, *sums)] if inside.any() else []
    known = _of(tenures, HELD_OUT)
    if not isinstance(fit := fit_leaving(known), Refusal):
        pays = known.filter(pa.array(~_column(known, "has_left", bool)))
        stayed = _column(pays, "stayed_months", float)
        staying = leaving.staying(fit.values, stayed, held_out_months)[:, -1]
        there = int(_column(pays, "is_there_after", bool).sum())
        rows.append((ACCOUNT, "all", pays.num_rows, _sum(staying), there))
    return _table(rows, _CHECKS)


def _customers(bought: pa.Table, horizon_months: int) -> list[tuple[Any, ...]]:
    names = bought["customer_id"].to_pylist()
    fit = fit_buying(bought)
    if isinstance(fit, Refusal):
        return [(CUSTOMER, name, *[None] * 5, fit.reason, fit.missing) for name in names]
    buyers = _buyers(bought)
    weeks = horizon_months * DAYS_A_MONTH / DAYS_A_WEEK
    counts = buying.expected(fit.values, buyers, weeks)
    alive = buying.alive(fit.values, buyers)
    spends = fit_spending(bought)
    if isinstance(spends, Refusal):
        return [
            (CUSTOMER, name, count, None, None, None, there, spends.reason, spends.missing)
            for name, count, there in zip(names, _plain(counts), _plain(alive), strict=True)
        ]

    def worth(parameters: Parameters) -> NDArray[np.float64]:
        return buying.expected(parameters[0], buyers, weeks) * spending.expected(
            parameters[1], *_spent(bought)
        )

    return _valued(CUSTOMER, names, counts, worth, [fit, spends], alive)


def _accounts(known: pa.Table, pays: pa.Table, horizon_months: int) -> list[tuple[Any, ...]]:
    names = pays["account_id"].to_pylist()
    fit = fit_leaving(known)
    if isinstance(fit, Refusal):
        return [(ACCOUNT, name, *[None] * 5, fit.reason, fit.missing) for name in names]
    stayed = _column(pays, "stayed_months", float)
    amounts = np.array(
        [np.nan if amount is None else float(amount) for amount in pays["mrr_amount"].to_pylist()],
        dtype=float,
    )

    def months(parameters: Parameters) -> NDArray[np.float64]:
        ahead = leaving.staying(parameters[0], stayed, horizon_months)
        return np.asarray(ahead.sum(axis=1))

    def worth(parameters: Parameters) -> NDArray[np.float64]:
        return amounts * months(parameters)

    alive = leaving.staying(fit.values, stayed, horizon_months)[:, -1]
    return _valued(ACCOUNT, names, months([fit.values]), worth, [fit], alive)


def _valued(
    kind: str,
    names: list[str],
    counts: NDArray[np.float64],
    worth: Callable[[Parameters], NDArray[np.float64]],
    fits: Sequence[fitting.Fit],
    alive: NDArray[np.float64],
) -> list[tuple[Any, ...]]:
    with np.errstate(all="ignore"):
        amounts = worth([fit.values for fit in fits])
        low, high = fitting.interval(worth, fits)
    columns = (counts, amounts, low, high, alive)
    rows = zip(names, *map(_plain, columns), strict=True)
    return [(kind, *row, _why(*row[1:3]), None) for row in rows]


def _why(count: float | None, amount: float | None) -> str | None:
    if amount is not None:
        return None
    return "no_fit" if count is None else "no_amount"


def _fitted(fit: Callable[[], fitting.Fit]) -> fitting.Fit | Refusal:
    try:
        return fit()
    except fitting.NoFitError:
        return Refusal("no_fit")


def _buyers(purchases: pa.Table) -> buying.Buyers:
    return buying.Buyers(
        repeats=_column(purchases, "repeat_count", float),
        recency=_column(purchases, "recency_days", float) / DAYS_A_WEEK,
        age=_column(purchases, "age_days", float) / DAYS_A_WEEK,
    )


def _spent(purchases: pa.Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counts = _column(purchases, "spend_count", float)
    means = [0.0 if mean is None else mean for mean in purchases["spend_mean"].to_pylist()]
    return counts, np.array(means, dtype=float)


def _of(table: pa.Table, cut: str) -> pa.Table:
    """Return the rows of a cut, in the same order whatever order they came in."""
    chosen = table.filter(
        pa.array([found == cut for found in table["cut"].to_pylist()], pa.bool_())
    )
    return chosen.sort_by([(name, "ascending") for name in chosen.column_names])


def _some(table: pa.Table) -> pa.Table:
    """Return the rows that a model is fitted on: all, or evenly chosen ones of very many."""
    if table.num_rows <= MOST:
        return table
    return table.take(np.linspace(0, table.num_rows - 1, MOST).astype(np.int64))


def _column(table: pa.Table, name: str, kind: Any) -> NDArray[Any]:
    return np.array(table[name].to_pylist(), dtype=kind)


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    return [value if abs(value) < _LARGEST else None for value in values.tolist()]


def _sum(values: NDArray[np.float64]) -> float | None:
    # to the same digits whatever the order of rows
    return _plain(np.array([np.sort(values).sum()]))[0]


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pa.table(
        [pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
