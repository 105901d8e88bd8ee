"""What affects retention, candidate by candidate: asked where there is enough to go by, else refused.

``ranked`` is the whole way from features to findings. Fewer accounts than ``FEWEST`` that left or that
stayed on either side refuse an answer, since its interval would not be to be trusted; so does a side that
hardly anybody like the others is on.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import threadpoolctl

from orchestration.insight.drivers import candidates, certainty, effects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from orchestration.insight.drivers.candidates import Candidate

FEWEST = 10
# of so many rows both sides must have been possible
LEAST_OVERLAP = 0.8
FALSE_SHARE = 0.05
# more looks make intervals narrower than anybody needs, and builds long: of more, some accounts are taken
MOST_LOOKS = 30_000
_SEED = 20260601
_DIGITS = 6
_MONEY = pa.decimal128(38, 2)
SCHEMA = pa.schema(
    [
        ("segment_kind", pa.string()),
        ("segment", pa.string()),
        ("feature", pa.string()),
        ("feature_level", pa.string()),
        ("feature_role", pa.string()),
        ("cut_value", pa.float64()),
        ("status", pa.string()),
        ("row_count", pa.int64()),
        ("account_count", pa.int64()),
        ("good_count", pa.int64()),
        ("good_left_count", pa.int64()),
        ("bad_count", pa.int64()),
        ("bad_left_count", pa.int64()),
        ("missing_count", pa.int64()),
        ("unadjusted_effect", pa.float64()),
        ("effect", pa.float64()),
        ("effect_low", pa.float64()),
        ("effect_high", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("e_value", pa.float64()),
        ("e_value_limit", pa.float64()),
        ("overlap_rate", pa.float64()),
        ("needed_account_count", pa.int64()),
        ("alike_features", pa.list_(pa.string())),
        ("reach_account_ids", pa.list_(pa.string())),
        ("reach_account_count", pa.int64()),
        ("reach_mrr_amount", _MONEY),
        ("worth_mrr_amount", _MONEY),
        ("worth_mrr_low_amount", _MONEY),
        ("worth_mrr_high_amount", _MONEY),
    ]
)


def ranked(features: pa.Table, declared: pa.Table, segments: Sequence[str]) -> pa.Table:
    """Return a row for each segment and candidate.

    Args:
        features: One row per account and landmark: ``landmark_id``, ``account_id``, ``is_current``,
            ``is_retained`` (null where the horizon is not over), ``mrr_amount`` and the features.
        declared: The seed ``driver_candidates``.
        segments: Columns of the features, each value of which is a segment of its own.
    """
    # matrices this small are solved faster by one thread, and alike however many cores there are
    with threadpoolctl.threadpool_limits(1):
        return _ranked(features, declared.to_pylist(), segments)


def _ranked(features: pa.Table, lines: list[dict[str, Any]], segments: Sequence[str]) -> pa.Table:
    # the order of rows must not decide anything
    rows = features.sort_by([("account_id", "ascending"), ("landmark_id", "ascending")])
    watched = taken(rows, np.asarray(rows.column("is_retained").is_valid().to_numpy()))
    questions = candidates.found(rows, lines, watched)
    groups = candidates.alike(questions, watched)
    found: list[dict[str, Any]] = []
    for kind, members in _segments(rows, segments, watched):
        answers = [
            row
            for segment, inside in members
            for row in _Segment(rows, lines, questions, groups, inside, watched).answers(
                {"segment_kind": kind, "segment": segment}
            )
        ]
        # the segments of a kind are asked together, so their findings are doubted together
        _doubt(answers)
        found += answers
    return pa.Table.from_pylist(found, schema=SCHEMA)


def taken(rows: pa.Table, watched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the looks to go by: all of them, or those of accounts drawn until there are enough."""
    if watched.sum() <= MOST_LOOKS:
        return watched
    _, account = np.unique(np.array(rows.column("account_id").to_pylist()), return_inverse=True)
    counts = np.bincount(account, watched)
    drawn = np.random.default_rng(_SEED).permutation(len(counts))
    chosen = np.zeros(len(counts), dtype=bool)
    chosen[drawn[np.cumsum(counts[drawn]) <= MOST_LOOKS]] = True
    return np.asarray(watched & chosen[account])


def _segments(
    rows: pa.Table, columns: Sequence[str], watched: NDArray[np.bool_]
) -> Iterator[tuple[str, list[tuple[str, NDArray[np.bool_]]]]]:
    if watched.any():
        yield "all", [("all", np.ones(rows.num_rows, dtype=bool))]
    for column in columns:
        texts = np.array(rows.column(column).to_pylist(), dtype=object)
        names = sorted({text for text in texts[watched] if text is not None})
        yield column, [(name, texts == name) for name in names]


def _doubt(answers: list[dict[str, Any]]) -> None:
    """Add what asking so many questions at once leaves of each finding."""
    asked = [row for row in answers if row["status"] is None]
    for row, q_value in zip(
        asked, certainty.false_discovery([row["p_value"] for row in asked]), strict=True
    ):
        row["q_value"] = round(q_value, _DIGITS)
        row["status"] = "found" if q_value <= FALSE_SHARE else "not_found"


class _Segment:
    """The rows of a segment, of which each candidate is asked."""

    def __init__(
        self,
        rows: pa.Table,
        lines: list[dict[str, Any]],
        questions: list[Candidate],
        groups: list[set[int]],
        inside: NDArray[np.bool_],
        watched: NDArray[np.bool_],
    ) -> None:
        self.questions, self.groups = questions, groups
        self.watched = inside & watched
        self.current = inside & _flags(rows, "is_current")
        self.stayed = _flags(rows, "is_retained")
        self.account_ids = rows.column("account_id").to_pylist()
        _, self.accounts = np.unique(
            np.array(self.account_ids, dtype=object).astype(str), return_inverse=True
        )
        self.amounts = rows.column("mrr_amount").to_pylist()
        self.rows, self.lines = rows, lines

    def answers(self, segment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Yield a row for each candidate whose effect is asked for; a status of None is not judged yet."""
        for place, question in enumerate(self.questions):
            if question.role in candidates.ASKED:
                others = {self.questions[other].feature for other in self.groups[place]}
                yield {
                    **segment,
                    "feature": question.feature,
                    "feature_level": question.level,
                    "feature_role": question.role,
                    "cut_value": question.cut,
                    "alike_features": sorted(others - {question.feature}),
                    **self._answer(question, others),
                }

    def _answer(self, question: Candidate, others: set[str]) -> dict[str, Any]:
        used = self.watched & question.known
        stayed, good = self.stayed[used], question.good[used]
        accounts = self.accounts[used]
        counts: dict[str, Any] = {
            "row_count": len(good),
            "account_count": len(np.unique(accounts)),
            "good_count": int(good.sum()),
            "good_left_count": int((good & ~stayed).sum()),
            "bad_count": int((~good).sum()),
            "bad_left_count": int((~good & ~stayed).sum()),
        }
        if good.any() and not good.all():
            plain, _ = effects.unadjusted(stayed, good)
            counts["unadjusted_effect"] = round(plain, _DIGITS)
        # each account counts once on a side, however often it was looked at
        smallest = min(
            len(np.unique(accounts[(good == side) & (stayed == outcome)]))
            for side in (True, False)
            for outcome in (True, False)
        )
        if smallest < FEWEST:
            return {**counts, "status": "too_few", "missing_count": FEWEST - smallest}
        constant = [
            one
            for one in candidates.held(self.rows.filter(pa.array(used)), self.lines)
            if one.feature not in others
        ]
        columns = np.column_stack([np.empty((len(good), 0)), *(one.columns for one in constant)])
        ridge = np.concatenate(
            [[], *(np.full(one.columns.shape[1], effects.RIDGE[one.role]) for one in constant)]
        )
        effect = effects.adjusted(stayed, good, columns, ridge, accounts)
        if effect.overlap < LEAST_OVERLAP:
            return {
                **counts,
                "status": "no_overlap",
                "overlap_rate": round(effect.overlap, _DIGITS),
            }
        return {**counts, "status": None, **_said(effect, counts), **self._reach(question, effect)}

    def _reach(self, question: Candidate, effect: effects.Effect) -> dict[str, Any]:
        """Return whom it concerns today, and what they would pay on if they changed sides."""
        worse = question.good if effect.value < 0 else ~question.good
        places = np.flatnonzero(self.current & question.known & worse)
        amount = sum((self.amounts[place] or Decimal(0) for place in places), Decimal(0))
        ends = sorted((effect.low, effect.high), key=abs)
        if effect.low < 0 < effect.high:
            ends = sorted((effect.low, effect.high), key=lambda end: end * effect.value)
        sign = -1 if effect.value < 0 else 1
        return {
            "reach_account_ids": [self.account_ids[place] for place in places],
            "reach_account_count": len(places),
            "reach_mrr_amount": amount,
            "worth_mrr_amount": _share(amount, abs(effect.value)),
            "worth_mrr_low_amount": _share(amount, ends[0] * sign),
            "worth_mrr_high_amount": _share(amount, ends[1] * sign),
        }


def _said(effect: effects.Effect, counts: Mapping[str, Any]) -> dict[str, Any]:
    ratio = max(1 - effect.stays_good, 0.0) / max(1 - effect.stays_bad, 10.0**-_DIGITS)
    # as many more as would make an effect of this size four times in five a finding
    short = certainty.FOUND_FROM * effect.error / max(abs(effect.value), 10.0**-_DIGITS)
    needed = math.ceil(counts["account_count"] * min(short**2, 10.0**_DIGITS))
    return {
        **{
            name: round(value, _DIGITS)
            for name, value in {
                "effect": effect.value,
                "effect_low": max(effect.low, -1.0),
                "effect_high": min(effect.high, 1.0),
                "p_value": effect.p_value,
                "overlap_rate": effect.overlap,
                "e_value": min(certainty.e_value(ratio), 10.0**_DIGITS),
                "e_value_limit": certainty.e_value_of_limit(ratio, effect.leaves_ratio_error),
            }.items()
        },
        "needed_account_count": needed,
    }


def _share(amount: Decimal, share: float) -> Decimal:
    return (amount * Decimal(str(round(share, _DIGITS)))).quantize(Decimal("0.01"))


def _flags(rows: pa.Table, column: str) -> NDArray[np.bool_]:
    return np.array([value is True for value in rows.column(column).to_pylist()], dtype=bool)
