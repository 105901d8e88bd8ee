"""The labelled messages are whole, distinct, and held out for good."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ingestion.sandbox.company import phrases
from orchestration.insight.text import labelled

MESSAGES = labelled.messages()


def folded(text: str) -> str:
    return " ".join(text.lower().split())


def pieces(text: str) -> set[str]:
    padded = f" {folded(text)} "
    return {padded[start : start + 4] for start in range(max(1, len(padded) - 3))}


def strings(value: Any) -> set[str]:
    if isinstance(value, str):
        return {folded(value)}
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, list | tuple) or hasattr(value, "__iter__"):
        return {text for each in value for text in strings(each)}
    return set()


def test_there_are_enough_in_each_language_register_and_label() -> None:
    languages = Counter(message.language for message in MESSAGES)
    assert languages["de"] >= 1200
    assert languages["en"] >= 600
    assert {message.register for message in MESSAGES} == {"chat", "survey"}
    labels = Counter((message.language, message.label) for message in MESSAGES)
    assert min(labels.values()) >= 200
    assert {label for _, label in labels} == set(labelled.LABELS)


def test_each_has_an_id_a_text_and_two_passes_of_its_own() -> None:
    assert len({message.id for message in MESSAGES}) == len(MESSAGES)
    assert len({folded(message.text) for message in MESSAGES}) == len(MESSAGES)
    assert {message.first for message in MESSAGES} | {
        message.second for message in MESSAGES
    } == set(labelled.LABELS)
    # what two passes agree on is not decided again
    decided = [m.id for m in MESSAGES if m.first == m.second != m.label]
    assert decided == []
    assert all(message.id.startswith(message.language) for message in MESSAGES)


def test_none_is_a_phrase_of_the_simulated_company() -> None:
    simulated = {
        text
        for name in dir(phrases)
        if name.isupper()
        for text in strings(getattr(phrases, name))
        if len(text.split()) > 2
    }
    assert len(simulated) > 20
    assert [message.id for message in MESSAGES if folded(message.text) in simulated] == []


def test_a_quarter_is_held_out_and_stays_so() -> None:
    training, held_out = labelled.split(MESSAGES)
    assert len(training) + len(held_out) == len(MESSAGES)
    assert 0.22 < len(held_out) / len(MESSAGES) < 0.28
    # the first eight bytes of SHA-256 of "de-0001", as sha256sum prints them
    assert labelled.part("de-0001", 1 << 64) == int(HASH_OF_DE_0001, 16)


HASH_OF_DE_0001 = "b9c0dd909567d0da"


def test_nothing_held_out_is_nearly_what_is_trained_on() -> None:
    training, held_out = labelled.split(MESSAGES)
    trained = [(message.id, pieces(message.text)) for message in training]
    near = [
        (message.id, other)
        for message in held_out
        for other, there in trained
        if len((here := pieces(message.text)) & there) >= 0.7 * len(here | there)
    ]
    assert near == []


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Cohen's own arithmetic: 35 of 50 agree, 25 of 50 by chance: (0.7 - 0.5) / 0.5
        ("y" * 25 + "n" * 25, "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15, 0.4),
        ("abab", "abab", 1.0),
        ("aaaa", "aaaa", 1.0),
        ("aabb", "bbaa", -1.0),
    ],
)
def test_kappa_is_agreement_beyond_chance(first: str, second: str, expected: float) -> None:
    assert labelled.kappa(list(first), list(second)) == pytest.approx(expected)


def test_the_two_passes_agree() -> None:
    for language in labelled.LANGUAGES:
        found = labelled.messages(language)
        agreement = labelled.kappa([m.first for m in found], [m.second for m in found])
        assert agreement > 0.8, language
