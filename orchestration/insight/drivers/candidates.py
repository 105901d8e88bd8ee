"""Candidates as questions with two sides, and what is held constant while one is asked.

A candidate is a column of the table of features with its line in ``seeds/driver_candidates.csv``. One of
yes or no has these sides; a number has those above and up to its threshold, which is the median unless
declared; each value of a category has itself against all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

# whose effect is asked for, and what is held constant
ASKED = ("driver", "mediator")
HELD = ("confounder", "driver")
# candidates that agree so far cannot be told apart
ALIKE = 0.7
# rarer values say nothing of their own, and a column that nearly never varies holds nothing constant
_RARE = 0.03


@dataclass(frozen=True)
class Candidate:
    """A question with two sides.

    Attributes:
        feature: The column it comes from.
        level: The value of the category; None where it is none.
        role: driver, mediator, confounder or collider.
        cut: Where a number is divided; None where it is none.
        good: Shape (n,): whether each row is on the side that is expected to stay.
        known: Shape (n,): where that is known.
    """

    feature: str
    level: str | None
    role: str
    cut: float | None
    good: NDArray[np.bool_]
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Held:
    """A feature as columns to hold constant, standardised; what is not known is a column of its own."""

    feature: str
    role: str
    columns: NDArray[np.float64]


def found(
    features: pa.Table, declared: Iterable[Mapping[str, Any]], watched: NDArray[np.bool_]
) -> list[Candidate]:
    """Return the questions that the features allow, in the order of their declaration.

    Args:
        features: One row per account and landmark, with a column per declared feature.
        declared: Lines of the seed: ``feature``, ``kind``, ``role``, ``better`` and ``threshold``.
        watched: Shape (n,): the rows whose outcome is known; they decide the medians.
    """
    questions = []
    for line in declared:
        if line["feature"] not in features.column_names:
            continue
        values = features.column(line["feature"])
        known = np.asarray(values.is_valid().to_numpy())
        feature, role = line["feature"], line["role"]
        if line["kind"] == "category":
            texts = np.array(values.to_pylist(), dtype=object)
            questions += [
                Candidate(feature, level, role, None, texts == level, known)
                for level in _levels(texts[known & watched])
            ]
        else:
            numbers = _numbers(values)
            cut = _cut(line, numbers[known & watched])
            is_more = np.nan_to_num(numbers) > (0.5 if cut is None else cut)
            good = is_more if line["better"] == "higher" else ~is_more
            questions.append(Candidate(feature, None, role, cut, good, known))
    return questions


def held(features: pa.Table, declared: Iterable[Mapping[str, Any]]) -> list[Held]:
    """Return what can be held constant, of the rows given."""
    kept = []
    for line in declared:
        if line["role"] not in HELD or line["feature"] not in features.column_names:
            continue
        values = features.column(line["feature"])
        known = np.asarray(values.is_valid().to_numpy())
        columns = [~known]
        if line["kind"] == "category":
            texts = np.array(values.to_pylist(), dtype=object)
            # the most frequent value is what the others differ from
            columns += [texts == level for level in _levels(texts[known])[1:]]
        elif known.any():
            numbers = _numbers(values)
            # a few very large ones would decide alone
            shown = np.sign(numbers) * np.log1p(np.abs(numbers))
            columns.append(np.where(known, shown, shown[known].mean()))
        varying = [_standard(column) for column in columns if _varies(column)]
        if varying:
            kept.append(Held(line["feature"], line["role"], np.column_stack(varying)))
    return kept


def alike(candidates: Sequence[Candidate], watched: NDArray[np.bool_]) -> list[set[int]]:
    """Return the groups of candidates that cannot be told apart, as their positions."""
    groups = [{place} for place in range(len(candidates))]
    for one, first in enumerate(candidates):
        for other, second in enumerate(candidates[:one]):
            both = first.known & second.known & watched
            if first.feature != second.feature and _agreement(first, second, both) >= ALIKE:
                joined = groups[one] | groups[other]
                for place in joined:
                    groups[place] = joined
    return groups


def _agreement(first: Candidate, second: Candidate, rows: NDArray[np.bool_]) -> float:
    sides = np.stack([first.good[rows], second.good[rows]]).astype(float)
    if not rows.any() or (sides.std(axis=1) == 0).any():
        return 0.0
    return float(abs(np.corrcoef(sides)[0, 1]))


def _levels(texts: NDArray[Any]) -> list[str]:
    names, counts = np.unique(texts.astype(str), return_counts=True)
    order = np.lexsort((names, -counts))
    return [str(names[place]) for place in order if counts[place] >= _RARE * len(texts)]


def _numbers(values: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.array(
        [np.nan if value is None else float(value) for value in values.to_pylist()], dtype=float
    )


def _cut(line: Mapping[str, Any], numbers: NDArray[np.float64]) -> float | None:
    if line["kind"] != "number" or not len(numbers):
        return None
    if line["threshold"] is not None:
        return float(line["threshold"])
    middle = float(np.median(numbers))
    # where most have the largest value, the halves are those who have it and those who have less
    smaller = numbers[numbers < middle]
    return float(smaller.max()) if middle >= numbers.max() and len(smaller) else middle


def _varies(column: NDArray[Any]) -> bool:
    if column.dtype == bool:
        return bool(_RARE <= column.mean() <= 1 - _RARE)
    return float(column.std()) > 0


def _standard(column: NDArray[Any]) -> NDArray[np.float64]:
    numbers = column.astype(float)
    return np.asarray((numbers - numbers.mean()) / numbers.std())
