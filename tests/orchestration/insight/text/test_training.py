"""Training tells labels apart, measures as people would by hand, and says what is missing."""

from __future__ import annotations

import pytest

from orchestration.insight.text import training
from orchestration.insight.text.sentiment import Mood
from orchestration.insight.text.training import Example

NOT_SEEN = {"negative": "broken again", "neutral": "where is the manual", "positive": "great work"}


def examples(each: int = 12) -> list[Example]:
    wholes = {
        "negative": "it is broken again and nobody answers, number {}",
        "neutral": "where do i find the manual for number {}",
        "positive": "thank you, great work with number {}",
    }
    return [
        Example(f"{label}-{number}", text.format(number), label)
        for label, text in wholes.items()
        for number in range(each)
    ]


def test_three_moods_are_told_apart_by_their_words() -> None:
    model = training.train("small", examples())
    moods = model.score(list(NOT_SEEN.values()))
    assert [mood.sentiment for mood in moods] == list(NOT_SEEN)
    assert 0.34 <= model.threshold <= 0.9


def test_the_same_examples_make_the_same_model() -> None:
    assert (
        training.train("small", examples()).version == training.train("small", examples()).version
    )


def test_a_mood_without_enough_examples_is_named() -> None:
    with pytest.raises(ValueError, match="too few examples of neutral, positive"):
        training.train("small", [each for each in examples() if each.label == "negative"])


def test_figures_are_those_of_the_worked_example() -> None:
    said = ["negative", "negative", None, "neutral", "neutral", "positive", "negative", "positive"]
    labels = [
        "negative", "negative", "negative", "negative", "neutral", "positive", "neutral", "neutral",
    ]  # fmt: skip
    figures = training.measured([Mood(each, None) for each in said], labels)
    assert figures.texts == 8
    # negative: 2 right of 3 said and 4 there; neutral 1 of 2 and 3; positive 1 of 2 and 1
    assert figures.macro_f1 == pytest.approx((4 / 7 + 2 / 5 + 2 / 3) / 3)
    # without the unsure one there are 3 negative left
    assert figures.macro_f1_of_answered == pytest.approx((4 / 6 + 2 / 5 + 2 / 3) / 3)
    assert figures.negative_recall == 0.5
    assert figures.negative_precision == pytest.approx(2 / 3)
    assert figures.answered_share == 7 / 8
    # always neutral: 3 right of 8 said and 3 there, nothing of the others
    assert figures.neutral_macro_f1 == pytest.approx(6 / 11 / 3)
