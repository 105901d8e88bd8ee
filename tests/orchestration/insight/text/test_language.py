"""Languages are told apart where there is enough to tell them by, and not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from orchestration.insight.text import labelled, language
from tests.orchestration.insight.test_any_input import TEXT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wann kommt mein Paket an?", "de"),
        ("When will my parcel arrive?", "en"),
        ("i wart scho seit ana woch aufs packerl", "de"),
        # one or two words
        ("ok", "und"),
        ("Danke schön", "und"),
        ("", "und"),
        ("123 456 789 0", "und"),
        ("👍 👍 👍 👍", "und"),
        # neither German nor English
        ("Bonjour, je n'arrive plus à me connecter à mon compte", "und"),
        ("Gdzie jest moje zamówienie? Czekam już dwa tygodnie", "und"),
        # other alphabets
        ("Где мой заказ? Я жду уже неделю", "und"),
        ("注文 は どこ ですか", "und"),
        ("أين طلبي منذ أسبوع كامل", "und"),
        ("x" * 100_000, "und"),
    ],
)
def test_the_language_of_a_text(text: str, expected: str) -> None:
    assert language.languages([text]) == [expected]


def test_labelled_messages_of_three_words_are_known_in_their_language() -> None:
    found = [m for m in labelled.messages() if len(m.text.split()) >= 3]
    told = language.languages([message.text for message in found])
    right = sum(one == message.language for one, message in zip(told, found, strict=True))
    assert right / len(found) >= 0.97


def test_only_configured_languages_are_told() -> None:
    assert language.languages(["When will my parcel arrive?"], known=("de",)) == ["und"]


@settings(deadline=None, max_examples=200)
@given(TEXT)
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert language.languages([text])[0] in {"de", "en", "und"}
