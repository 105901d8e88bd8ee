"""How a model of sentiment is trained, calibrated and measured.

scikit-learn is imported where it is used: scoring does without it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import optimize, sparse, special

from orchestration.insight.text import features
from orchestration.insight.text.labelled import LABELS, part
from orchestration.insight.text.sentiment import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.insight.text.sentiment import Mood, Scorer

# a feature of a single text tells more about the text than about its mood
FEWEST_TEXTS = 2
REGULARISATION = 3.0
FOLDS = 5
# of the texts that it answers it may be wrong in one of five
RIGHT_AT_LEAST = 0.8


class Example(NamedTuple):
    """A text with its label; the id decides in which fold it is."""

    id: str
    text: str
    label: str


class Figures(NamedTuple):
    """How well a scorer did on texts it had not seen."""

    texts: int
    macro_f1: float  # the mean of the three labels' F1, an unsure text counting as missed
    macro_f1_of_answered: float
    negative_recall: float
    negative_precision: float
    answered_share: float
    neutral_macro_f1: float  # what always saying neutral gets


def train(name: str, examples: Sequence[Example]) -> Model:
    """Return a model of these examples.

    Temperature and threshold come from predictions of models that had not seen the text (five
    folds); the returned model has seen all examples.

    Raises:
        ValueError: Not all of the three labels occur often enough to be told apart.
    """
    missing = [
        label
        for label in LABELS
        if len({part(each.id, FOLDS) for each in examples if each.label == label}) < 2  # noqa: PLR2004
    ]
    if missing:
        raise ValueError(f"too few examples of {', '.join(missing)}")
    folds = np.array([part(each.id, FOLDS) for each in examples])
    unseen = np.zeros((len(examples), len(LABELS)))
    for fold in sorted(set(folds)):
        model = _fitted(
            name, [each for each, of in zip(examples, folds, strict=True) if of != fold]
        )
        inside = np.flatnonzero(folds == fold)
        rows = model.probabilities([examples[int(position)].text for position in inside])
        unseen[inside] = np.log(np.maximum(rows, 1e-9))
    truth = np.array([LABELS.index(each.label) for each in examples])
    temperature = _temperature(unseen, truth)
    threshold = _threshold(special.softmax(unseen / temperature, axis=1), truth)
    return replace(_fitted(name, examples), temperature=temperature, threshold=threshold)


def measured(moods: Sequence[Mood], labels: Sequence[str]) -> Figures:
    """Return how well moods match the labels that people gave.

    Args:
        moods: What a scorer said of each text.
        labels: What is right, one for each mood; at least one.
    """
    said = [mood.sentiment for mood in moods]
    answered = [at for at, each in enumerate(said) if each is not None]
    negative = _counts(said, labels, "negative")
    return Figures(
        len(labels),
        _macro_f1(said, labels),
        _macro_f1([said[at] for at in answered], [labels[at] for at in answered]),
        negative.right / max(negative.there, 1),
        negative.right / max(negative.said, 1),
        len(answered) / len(labels),
        _macro_f1(["neutral"] * len(labels), labels),
    )


def measure(scorer: Scorer, examples: Sequence[Example]) -> Figures:
    """Return how well a scorer does on examples it has not seen."""
    return measured(
        scorer.score([each.text for each in examples]), [each.label for each in examples]
    )


class _Counts(NamedTuple):
    right: int
    said: int
    there: int


def _counts(said: Sequence[str | None], labels: Sequence[str], label: str) -> _Counts:
    right = sum(one == other == label for one, other in zip(said, labels, strict=True))
    return _Counts(right, said.count(label), labels.count(label))


def _macro_f1(said: Sequence[str | None], labels: Sequence[str]) -> float:
    counts = [_counts(said, labels, label) for label in LABELS]
    return sum(2 * each.right / max(each.said + each.there, 1) for each in counts) / len(LABELS)


def _fitted(name: str, examples: Sequence[Example]) -> Model:
    from sklearn.linear_model import LogisticRegression

    whole = [features.whole(each.text) for each in examples]
    parts = [features.parts(each.text) for each in examples]
    of_whole = features.fitted(whole, FEWEST_TEXTS)
    of_parts = features.fitted(parts, FEWEST_TEXTS)
    rows = sparse.hstack(
        [features.matrix(whole, of_whole), features.matrix(parts, of_parts)], format="csr"
    )
    solver = LogisticRegression(C=REGULARISATION, max_iter=500)
    solver.fit(rows, np.array([LABELS.index(each.label) for each in examples]))
    return Model(
        of_whole,
        of_parts,
        # as it is written, so that what is trained and what is read score alike
        solver.coef_.astype(np.float16).astype(np.float32),
        solver.intercept_.astype(np.float64),
        temperature=1.0,
        threshold=0.0,
        card={"name": name},
    )


def _temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return by what the scores are divided so that probabilities are what comes true."""

    def surprise(temperature: float) -> float:
        sure = special.log_softmax(scores / temperature, axis=1)
        return float(-sure[np.arange(len(truth)), truth].mean())

    found: Any = optimize.minimize_scalar(surprise, bounds=(0.05, 5.0), method="bounded")
    return round(float(found.x), 3)


def _threshold(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the lowest probability from which on enough answers are right."""
    best = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == truth
    for threshold in np.arange(0.34, 0.9, 0.01):
        answered = best >= threshold
        if answered.any() and is_right[answered].mean() >= RIGHT_AT_LEAST:
            return round(float(threshold), 2)
    return 0.9
