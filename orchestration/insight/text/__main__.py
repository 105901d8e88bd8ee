"""Makes the shipped model of sentiment anew from the labelled messages: for whoever changes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestration.insight.text import labelled, sentiment, training
from orchestration.insight.text.training import Example

NAME = "kette-de-en"


def examples(found: list[labelled.Labelled]) -> list[Example]:
    """Return labelled messages as what a model is trained on."""
    return [Example(message.id, message.text, message.label) for message in found]


def made() -> sentiment.Model:
    """Return the model with its card; the messages held out are measured and never trained on."""
    used, held_out = labelled.split(labelled.messages())
    model = training.train(NAME, examples(used))
    measured: dict[str, Any] = {}
    for language in labelled.LANGUAGES:
        figures = training.measure(
            model, examples([each for each in held_out if each.language == language])
        )
        measured[language] = {key: round(value, 3) for key, value in figures._asdict().items()}
    card = {
        "name": NAME,
        "trained_on": {
            language: sum(each.language == language for each in used)
            for language in labelled.LANGUAGES
        },
        "measured_on": "messages of the labelled set that were held out",
        "measured": measured,
    }
    return replace(model, card=card)


if __name__ == "__main__":
    made().write(sentiment.SHIPPED)
