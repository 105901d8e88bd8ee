"""`kette text …` tells the mood of a sentence, the card of the model, and why it does not train."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from orchestration.cli import app

pytestmark = pytest.mark.usefixtures("kette_home")


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["text", *arguments])
    return result.exit_code, " ".join(result.output.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Der Login geht schon wieder nicht", "negative, score -"),
        ("Thanks so much, works perfectly now", "positive, score +"),
        ("Gdzie jest moje zamówienie? Czekam już dwa tygodnie", "unsure; language und"),
        ("Merci beaucoup, votre service est parfait, super", "unsure; language und"),
        ("[bold]", "unsure; language und"),
        ("", "unsure; language und"),
    ],
)
def test_a_sentence_is_told_with_its_score_and_language(text: str, expected: str) -> None:
    code, told = said("try", text)
    assert code == 0
    assert told.startswith(expected)
    assert "kette-de-en-" in told
    # what a customer wrote is not written once more
    assert not text or text not in told


def test_the_card_has_the_figures_of_both_languages() -> None:
    code, told = said("card")
    assert code == 0
    assert "kette-de-en-" in told
    assert "macro-F1 of always saying neutral" in told
    assert "negative found" in told


def test_training_needs_what_is_published() -> None:
    code, told = said("train")
    assert code == 1
    assert "nothing is published" in told
