"""The language a text is written in: German, English, or not to be said."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = "und"
KNOWN = ("de", "en")
# three of four slips happen in texts of one or two words
FEWEST_WORDS = 3
# a text is in none of ours where another language is as sure as this
SURE = 0.9
# what is longer says no more about its language
LONGEST = 2000
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")


def languages(texts: Iterable[str], known: tuple[str, ...] = KNOWN) -> list[str]:
    """Return each text's language: one of ``known``, or ``und``.

    ``und`` stands for texts of fewer than three words, for other alphabets, and for texts that are
    surely in another language.
    """
    return [_language(text[:LONGEST], known) for text in texts]


def is_long_enough(text: str) -> bool:
    """Return whether a text has the words that its language is told by."""
    return len(_WORD.findall(text[:LONGEST])) >= FEWEST_WORDS


def _language(text: str, known: tuple[str, ...]) -> str:
    words = _WORD.findall(text)
    letters = "".join(words)
    if not is_long_enough(text) or len(_LATIN.findall(letters)) * 2 < len(letters):
        return UNKNOWN
    ranked = _identifier().rank(text)
    best, sure = ranked[0]
    if best not in known and sure >= SURE:
        return UNKNOWN
    told: str = next(language for language, _ in ranked if language in known)
    return told


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
