"""A model of leaving on features as they come: numbers, yes and no, categories, and what is not known.

A logistic regression with a ridge. It needs few departures, its chances come out calibrated, and each part of
a chance belongs to one feature, so that it can be said why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import threadpoolctl

from orchestration.insight import logistic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

# as if each standardised column's log odds were drawn with a standard deviation of 0.2
RIDGE = 25.0
_RARE = 0.02


@dataclass(frozen=True)
class _Encoded:
    """How a feature becomes columns, as learned from the rows of training."""

    feature: str
    levels: tuple[str, ...] | None  # of a category
    middle: float
    spread: float

    def columns(self, table: pa.Table) -> NDArray[np.float64]:
        values = table.column(self.feature).to_pylist()
        known = np.array([value is not None for value in values], dtype=bool)
        if self.levels is not None:
            texts = np.array(values, dtype=object)
            parts = [texts == level for level in self.levels]
        else:
            shown = np.where(known, _shown(values), self.middle)
            parts = [(shown - self.middle) / self.spread]
        return np.column_stack([~known, *parts]).astype(float)


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Attributes:
        encoded: How each feature becomes columns.
        weights: Of the constant and the columns.
        means: Of the columns in training.
    """

    encoded: tuple[_Encoded, ...]
    weights: NDArray[np.float64]
    means: NDArray[np.float64]

    def chances(self, table: pa.Table) -> NDArray[np.float64]:
        """Return how likely each row leaves, shape (n,)."""
        return logistic.chance(_with_constant(self._parts(table), table.num_rows), self.weights)

    def reasons(self, table: pa.Table, most: int) -> list[list[str]]:
        """Return for each row the features that raise its chance most, the strongest first."""
        if not self.encoded:
            return [[] for _ in range(table.num_rows)]
        by_feature, place = [], 0
        for columns in self._parts(table):
            span = slice(place, place + columns.shape[1])
            place = span.stop
            by_feature.append((columns - self.means[span]) @ self.weights[1:][span])
        raised = np.stack(by_feature, axis=1)
        return [
            [self.encoded[place].feature for place in np.argsort(-row)[:most] if row[place] > 0]
            for row in raised
        ]

    def _parts(self, table: pa.Table) -> list[NDArray[np.float64]]:
        return [one.columns(table) for one in self.encoded]


def fitted(table: pa.Table, lines: Sequence[Mapping[str, Any]], left: NDArray[np.bool_]) -> Model:
    """Return the model of the given rows.

    Args:
        table: One row per look, with a column per feature.
        lines: Each feature with its ``kind``: yes_no, number or category.
        left: Shape (n,): whether it left.
    """
    encoded = tuple(
        _learned(table, line) for line in lines if line["feature"] in table.column_names
    )
    parts = [one.columns(table) for one in encoded]
    columns = _with_constant(parts, table.num_rows)
    ridge = np.full(columns.shape[1], RIDGE)
    ridge[0] = logistic.FREE
    # alike however many cores there are
    with threadpoolctl.threadpool_limits(1):
        weights = logistic.fitted(columns, left, ridge)
    return Model(encoded, weights, columns[:, 1:].mean(axis=0))


def _learned(table: pa.Table, line: Mapping[str, Any]) -> _Encoded:
    values = table.column(line["feature"]).to_pylist()
    known = [value for value in values if value is not None]
    if line["kind"] == "category":
        names, counts = np.unique(np.array(known, dtype=str), return_counts=True)
        levels = tuple(
            str(name)
            for name, count in zip(names, counts, strict=True)
            if count >= _RARE * len(values)
        )
        return _Encoded(line["feature"], levels, 0.0, 1.0)
    shown = _shown(known)
    middle = float(shown.mean()) if known else 0.0
    spread = float(shown.std()) if known else 0.0
    return _Encoded(line["feature"], None, middle, spread or 1.0)


def _shown(values: Sequence[Any]) -> NDArray[np.float64]:
    """Return numbers on a scale on which a few very large ones do not decide alone."""
    numbers = np.array([0.0 if value is None else float(value) for value in values], dtype=float)
    return np.asarray(np.sign(numbers) * np.log1p(np.abs(numbers)))


def _with_constant(parts: Sequence[NDArray[np.float64]], count: int) -> NDArray[np.float64]:
    return np.column_stack([np.ones(count), *parts])
