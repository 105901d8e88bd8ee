"""Topics come from maintained words first, are found among the rest, and keep their names."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from orchestration.insight.text import labelled, topics
from orchestration.insight.text.topics import Found
from tests.orchestration.insight.test_any_input import TEXT

WORDS = [
    {"topic": "billing", "language": "de", "pattern": r"rechnung\w*|abgebucht"},
    {"topic": "login", "language": "de", "pattern": "login|passwort"},
    {"topic": "login", "language": "en", "pattern": "password"},
]
# two subjects that no seed knows, and chatter that is about neither
PRINTER = "Der Drucker in Filiale {} druckt {} Etiketten {}"
KITCHEN = "Unsere Küche braucht {} Rezepte mit {} Allergenen {}"
NUMBERS = [f"nummer{chr(97 + one)}{chr(97 + other)}" for one in range(6) for other in range(5)]

LATER = [f"später{chr(97 + one)}" for one in range(10)]


def of(pattern: str, numbers: list[str]) -> list[str]:
    return [pattern.format(number, number[::-1], f"zusatz{number}") for number in numbers]


def found_in(texts: list[str], before: dict[str, Found]) -> dict[str, Found]:
    told = topics.grouped(texts, ["de"] * len(texts), before)
    return {text: each for text, each in zip(texts, told, strict=True) if each}


TEXTS = [*of(PRINTER, NUMBERS), *of(KITCHEN, NUMBERS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wo finde ich die Rechnung?", "billing"),
        ("RECHNUNGEN fehlen", "billing"),
        ("I forgot my password", "login"),
        # most of the words, then the first of the seed
        ("Passwort für den Login zur Rechnung", "login"),
        ("Login zur Rechnung", "billing"),
        # within a word it is another word
        ("Abrechnung", None),
        ("Blogins", None),
        ("", None),
    ],
)
def test_the_words_of_a_text_tell_its_topic(text: str, expected: str | None) -> None:
    assert topics.by_words([text], WORDS) == [expected]


def test_texts_that_share_their_words_are_a_topic_named_by_them() -> None:
    found = found_in(TEXTS, {})
    printer = {found[text] for text in of(PRINTER, NUMBERS) if text in found}
    kitchen = {found[text] for text in of(KITCHEN, NUMBERS) if text in found}
    assert len(printer) == len(kitchen) == 1
    assert set(printer.pop().words.split(", ")) <= {"drucker", "filiale", "druckt", "etiketten"}
    assert set(kitchen.pop().words.split(", ")) <= {"küche", "braucht", "rezepte", "allergenen"}
    assert len(found) > 0.8 * len(TEXTS)


def test_the_order_of_texts_changes_nothing() -> None:
    written = [message.text for message in labelled.messages("de")]
    found = found_in(written, {})
    assert len(set(found.values())) > 5
    assert found_in(written[::-1], {}) == found


def test_a_topic_keeps_its_name_while_most_of_its_texts_stay() -> None:
    before = dict.fromkeys(of(PRINTER, NUMBERS), Found("printers", "what people call it"))
    more = [*of(PRINTER, LATER), *of(KITCHEN, LATER)]
    found = found_in([*TEXTS, *more], before)
    assert Counter(each.topic for each in found.values())["printers"] >= len(NUMBERS) * 0.8
    # the other one is new, and takes no name that is another's
    assert {found[text].topic for text in of(KITCHEN, NUMBERS) if text in found} == {
        found_in(TEXTS, {})[of(KITCHEN, NUMBERS)[0]].topic
    }


def test_a_word_of_one_text_names_no_topic() -> None:
    for each in set(found_in(TEXTS, {}).values()):
        assert not any("nummer" in word for word in each.words.split(", "))


def test_few_texts_and_texts_in_no_language_are_no_topic() -> None:
    few = of(PRINTER, NUMBERS[: topics.FEWEST_TEXTS - 1])
    assert topics.grouped(few, ["de"] * len(few), {}) == [None] * len(few)
    assert topics.grouped(TEXTS, ["und"] * len(TEXTS), {}) == [None] * len(TEXTS)
    assert topics.grouped([], [], {}) == []


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXT, max_size=60, unique=True))
def test_any_texts_are_grouped_or_left_alone(texts: list[str]) -> None:
    assert len(topics.by_words(texts, WORDS)) == len(texts)
    assert len(topics.grouped(texts, ["de"] * len(texts), {})) == len(texts)
