"""How well the shipped model does on messages that it was not trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from orchestration.insight.text import labelled, sentiment, training
from orchestration.insight.text.__main__ import examples

if TYPE_CHECKING:
    from tests.benchmarks.conftest import Record

NAMES = {"de": "German", "en": "English"}


@pytest.mark.parametrize("language", labelled.LANGUAGES)
def test_the_mood_of_messages_that_were_held_out(language: str, record: Record) -> None:
    subject = f"Sentiment, {NAMES[language]}"
    found = labelled.messages(language)
    _, held_out = labelled.split(found)
    model = sentiment.shipped()
    silent = training.measure(model, examples(held_out))
    always = training.measure(replace(model, threshold=0.0), examples(held_out))
    passes = labelled.kappa([each.first for each in found], [each.second for each in found])
    record(subject, "messages held out, of all labelled", f"{len(held_out)} of {len(found):,}")
    record(subject, "macro-F1 of always saying neutral", f"{always.neutral_macro_f1:.2f}")
    record(subject, "macro-F1 where it must always answer", f"{always.macro_f1:.2f}", "≥ 0.5")
    record(subject, "negative found where it must always answer", f"{always.negative_recall:.0%}")
    record(
        subject, "texts on which it is unsure and says nothing", f"{1 - silent.answered_share:.0%}"
    )
    record(subject, "macro-F1 of what it answers", f"{silent.macro_f1_of_answered:.2f}", "≥ 0.7")
    record(subject, "negative found, unsure counting as missed", f"{silent.negative_recall:.0%}")
    record(subject, "right of what it calls negative", f"{silent.negative_precision:.0%}")
    record(subject, "how far stated probabilities are off", f"{_off(model, held_out):.2f}")
    record(subject, "agreement of the two passes over the labels (kappa)", f"{passes:.2f}")
    assert always.macro_f1 >= 0.5
    assert silent.macro_f1_of_answered >= 0.7


def _off(model: sentiment.Model, held_out: list[labelled.Labelled]) -> float:
    """Return the expected calibration error over ten bins."""
    rows = model.probabilities([message.text for message in held_out])
    truth = np.array([labelled.LABELS.index(message.label) for message in held_out])
    best, is_right = rows.max(axis=1), rows.argmax(axis=1) == truth
    bins = np.minimum((best * 10).astype(int), 9)
    return float(
        sum(
            abs(best[bins == each].mean() - is_right[bins == each].mean()) * (bins == each).mean()
            for each in np.unique(bins)
        )
    )
