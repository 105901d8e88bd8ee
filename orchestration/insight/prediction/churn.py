"""Who will leave within the next horizon, and how well that would have been told before.

The back-test is by time: a model learns from looks whose outcome was known at a moment, and is judged by the looks
after it. Chances are told only if it would have told who leaves better than chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

from orchestration.insight.drivers import ranking
from orchestration.insight.prediction import model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from numpy.typing import NDArray

# so many that left and that stayed are needed to learn from, and to be judged by
FEWEST_LEARNED, FEWEST_JUDGED = 20, 10
# the share of looks, by time, before the moment of the back-test
LEARNED = 0.7
REASONS = 3
# of so many draws of accounts is the interval of the AUC
_DRAWS, _SEED = 500, 20260601
_LEVEL = (0.025, 0.975)
_GROUPS = ("low", "middle", "high")
_DIGITS = 6
BACK_TEST = pa.schema(
    [
        ("risk_group", pa.string()),
        ("status", pa.string()),
        ("missing_count", pa.int64()),
        ("tested_from_at", pa.timestamp("us", "UTC")),
        ("look_count", pa.int64()),
        ("left_count", pa.int64()),
        ("expected_left_count", pa.float64()),
        ("auc", pa.float64()),
        ("auc_low", pa.float64()),
        ("auc_high", pa.float64()),
        ("brier_skill", pa.float64()),
    ]
)
FORECAST = pa.schema(
    [
        ("account_id", pa.string()),
        ("leaving_chance", pa.float64()),
        ("reason_features", pa.list_(pa.string())),
    ]
)


def back_test(features: pa.Table, declared: pa.Table, horizon: timedelta) -> pa.Table:
    """Return how well a model would have told who leaves: in all, and for three groups by risk.

    Args:
        features: One row per account and look, as ``fct_retention_features``.
        declared: The features with their kinds, as the seed ``driver_candidates``.
        horizon: After which the outcome of a look is known.
    """
    looks = _known(_sorted(features))
    left = _left(looks)
    moments = np.array(looks.column("landmark_at").to_pylist(), dtype=object)
    if not len(left):
        return _refused(FEWEST_LEARNED, None)
    cut = sorted(moments)[int(LEARNED * (len(moments) - 1))]
    learned = np.array([moment + horizon <= cut for moment in moments], dtype=bool)
    judged = np.array([moment > cut for moment in moments], dtype=bool)
    missing = max(_lacking(left[learned], FEWEST_LEARNED), _lacking(left[judged], FEWEST_JUDGED))
    if missing:
        return _refused(missing, cut)
    fitted = model.fitted(looks.filter(pa.array(learned)), declared.to_pylist(), left[learned])
    seen = looks.filter(pa.array(judged))
    chances, came = fitted.chances(seen), left[judged]
    _, accounts = np.unique(np.array(seen.column("account_id").to_pylist()), return_inverse=True)
    low, high = interval(chances, came, accounts)
    usual = left[learned].mean()
    skill = 1 - float(((chances - came) ** 2).mean() / ((usual - came) ** 2).mean())
    whole = {
        "status": "tested" if low > 0.5 else "no_better_than_chance",  # noqa: PLR2004 - a coin's AUC
        "tested_from_at": cut,
        "auc": round(auc(chances, came), _DIGITS),
        "auc_low": round(low, _DIGITS),
        "auc_high": round(high, _DIGITS),
        "brier_skill": round(skill, _DIGITS),
    }
    rows = [{**whole, **group} for group in _by_risk(chances, came)]
    return pa.Table.from_pylist(rows, schema=BACK_TEST)


def forecast(features: pa.Table, declared: pa.Table, tested: pa.Table) -> pa.Table:
    """Return how likely each account that pays today leaves within the horizon, and why.

    Args:
        features: As for ``back_test``.
        declared: As for ``back_test``.
        tested: What ``back_test`` said; without a passed test nobody has a chance.
    """
    if "tested" not in tested.column("status").to_pylist():
        return FORECAST.empty_table()
    rows = _sorted(features)
    known = _known(rows)
    fitted = model.fitted(known, declared.to_pylist(), _left(known))
    today = rows.filter(pc.field("is_current"))
    return pa.table(
        [
            today.column("account_id").combine_chunks(),
            pa.array(np.round(fitted.chances(today), _DIGITS)),
            pa.array(fitted.reasons(today, REASONS), pa.list_(pa.string())),
        ],
        schema=FORECAST,
    )


def auc(chances: NDArray[np.float64], came: NDArray[np.bool_]) -> float:
    """Return how often one who left had the higher chance of two, one of whom left."""
    lost, kept = int(came.sum()), int((~came).sum())
    ranks = stats.rankdata(chances)
    return float((ranks[came].sum() - lost * (lost + 1) / 2) / (lost * kept))


def interval(
    chances: NDArray[np.float64], came: NDArray[np.bool_], accounts: NDArray[np.int64]
) -> tuple[float, float]:
    """Return the 95 % interval of the AUC, by drawing accounts again and again."""
    rng = np.random.default_rng(_SEED)
    count = int(accounts.max()) + 1
    found = []
    for _ in range(_DRAWS):
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        rows = np.repeat(np.arange(len(came)), times[accounts])
        if 0 < came[rows].sum() < len(rows):
            found.append(auc(chances[rows], came[rows]))
    low, high = np.quantile(found, _LEVEL)
    return float(low), float(high)


def _by_risk(chances: NDArray[np.float64], came: NDArray[np.bool_]) -> Iterator[Mapping[str, Any]]:
    order = np.argsort(chances, kind="stable")
    members = dict(zip(_GROUPS, np.array_split(order, len(_GROUPS)), strict=True))
    for name, rows in {"all": order, **members}.items():
        yield {
            "risk_group": name,
            "look_count": len(rows),
            "left_count": int(came[rows].sum()),
            "expected_left_count": round(float(chances[rows].sum()), _DIGITS),
        }


def _refused(missing: int, cut: datetime | None) -> pa.Table:
    row = {
        "risk_group": "all",
        "status": "too_few",
        "missing_count": missing,
        "tested_from_at": cut,
    }
    return pa.Table.from_pylist([row], schema=BACK_TEST)


def _lacking(left: NDArray[np.bool_], fewest: int) -> int:
    return max(fewest - min(int(left.sum()), int((~left).sum())), 0)


def _sorted(features: pa.Table) -> pa.Table:
    return features.sort_by([("account_id", "ascending"), ("landmark_id", "ascending")])


def _known(rows: pa.Table) -> pa.Table:
    """Return the looks whose outcome is known, or those of some accounts where there are very many."""
    watched = np.asarray(rows.column("is_retained").is_valid().to_numpy())
    return rows.filter(pa.array(ranking.taken(rows, watched)))


def _left(looks: pa.Table) -> NDArray[np.bool_]:
    return np.array([not stayed for stayed in looks.column("is_retained").to_pylist()], dtype=bool)
