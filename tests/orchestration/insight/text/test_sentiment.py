"""The shipped model answers what is plain, is silent where it is unsure, and never raises."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from orchestration.insight.text import __main__ as shipping, labelled, sentiment, training
from orchestration.insight.text.sentiment import Model, Mood
from tests.orchestration.insight.test_any_input import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Cheerful:
    """A scorer from elsewhere."""

    version = "cheerful-1"

    def score(self, texts: Sequence[str]) -> list[Mood]:
        """Find everything wonderful."""
        return [Mood("positive", 1.0) for _ in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Der Login geht schon wieder nicht", "negative"),
        ("Ich warte seit Wochen auf mein Geld, eine Frechheit", "negative"),
        ("Wie kann ich meinen Tarif wechseln?", "neutral"),
        ("Danke, hat super geklappt!", "positive"),
        ("The app keeps crashing and nobody answers", "negative"),
        ("How can I change my plan?", "neutral"),
        ("Thanks so much, works perfectly now", "positive"),
        # nothing that it knows
        ("", None),
        ("12345 67890", None),
        ("注文はどこですか", None),
        ("Где мой заказ? Я жду уже неделю", None),
        ("\u202e\u0000\ufffd", None),
    ],
)
def test_what_is_plain_is_said_and_what_is_strange_is_not(text: str, expected: str | None) -> None:
    (mood,) = sentiment.shipped().score([text])
    assert mood.sentiment == expected
    assert (mood.score is None) == (expected is None)
    if expected in {"negative", "positive"}:
        assert mood.score is not None
        assert (mood.score > 0) == (expected == "positive")


@settings(deadline=None, max_examples=200)
@given(st.lists(TEXT, max_size=4))
def test_any_texts_are_scored_one_by_one_and_always_alike(texts: list[str]) -> None:
    model = sentiment.shipped()
    moods = model.score(texts)
    assert len(moods) == len(texts)
    for text, mood in zip(texts, moods, strict=True):
        assert mood.sentiment in {*labelled.LABELS, None}
        assert mood.score is None or -1 <= mood.score <= 1
        # neither its neighbours nor an earlier time change what is said
        assert model.score([text]) == [mood]


def test_a_hundred_thousand_letters_are_read_as_far_as_they_tell_something() -> None:
    long = "Der Login geht schon wieder nicht. " + "x" * 100_000
    assert sentiment.shipped().score([long, ""])[1] == Mood(None, None)


def test_more_texts_than_are_scored_at_once_keep_their_order() -> None:
    texts = ["Danke, hat super geklappt!", "Der Login geht schon wieder nicht"] * 3000
    moods = sentiment.shipped().score(texts)
    assert [mood.sentiment for mood in moods] == ["positive", "negative"] * 3000


def test_the_shipped_file_is_plain_arrays() -> None:
    with zipfile.ZipFile(sentiment.SHIPPED) as kept:
        assert {name.endswith(".npy") for name in kept.namelist()} == {True}
    with np.load(sentiment.SHIPPED, allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} <= set("fiu")


def test_a_model_reads_as_it_was_written(tmp_path: Path) -> None:
    shipped = sentiment.shipped()
    shipped.write(tmp_path / "again.npz")
    again = Model.read(tmp_path / "again.npz")
    assert again.version == shipped.version
    assert again.card == shipped.card
    texts = [message.text for message in labelled.messages("en")]
    assert again.score(texts) == shipped.score(texts)


def test_a_file_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", figures=np.zeros(3))
    with pytest.raises(ValueError, match=r"other\.npz holds no model of sentiment"):
        Model.read(tmp_path / "other.npz")


def test_the_own_model_is_taken_where_it_is_there_and_better(tmp_path: Path) -> None:
    shipped = sentiment.shipped()
    assert sentiment.chosen("", None) is shipped
    own = tmp_path / "sentiment.npz"
    assert sentiment.chosen("", own) is shipped
    replace(shipped, card={"name": "own", "is_better": False}).write(own)
    assert sentiment.chosen("", own) is shipped
    better = tmp_path / "better.npz"
    replace(shipped, card={"name": "own", "is_better": True}).write(better)
    assert sentiment.chosen("", better).version.startswith("own-")


def test_a_scorer_from_elsewhere_takes_its_place() -> None:
    scorer = sentiment.chosen(f"{__name__}:Cheerful", None)
    assert scorer.version == "cheerful-1"
    with pytest.raises(ImportError):
        sentiment.chosen("no.such.module:function", None)


def test_the_shipped_model_is_what_the_labelled_messages_make() -> None:
    made, shipped = shipping.made(), sentiment.shipped()
    assert made.card["trained_on"] == shipped.card["trained_on"]
    texts = [message.text for message in labelled.messages()]
    # processors differ in the last digits, which change no more than what is on the edge
    alike = [
        one.sentiment == other.sentiment
        for one, other in zip(made.score(texts), shipped.score(texts), strict=True)
    ]
    assert np.mean(alike) > 0.99


def test_it_beats_always_saying_neutral_by_far_on_what_it_has_not_seen() -> None:
    _, held_out = labelled.split(labelled.messages())
    for language in labelled.LANGUAGES:
        examples = shipping.examples([m for m in held_out if m.language == language])
        figures = training.measure(sentiment.shipped(), examples)
        assert figures.macro_f1 > figures.neutral_macro_f1 + 0.3
        assert figures.macro_f1_of_answered > 0.7


def test_its_probabilities_are_what_comes_true_on_what_it_has_not_seen() -> None:
    _, held_out = labelled.split(labelled.messages())
    rows = sentiment.shipped().probabilities([message.text for message in held_out])
    truth = np.array([labelled.LABELS.index(message.label) for message in held_out])
    best, is_right = rows.max(axis=1), rows.argmax(axis=1) == truth
    assert best.mean() == pytest.approx(is_right.mean(), abs=0.06)
    for low, high in [(0.0, 0.6), (0.6, 0.8), (0.8, 1.01)]:
        inside = (best >= low) & (best < high)
        assert best[inside].mean() == pytest.approx(is_right[inside].mean(), abs=0.12)
