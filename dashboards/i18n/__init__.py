"""The languages of the pages, and what to say in that of the session.

A text, a label of a seed or a way of writing that a language lacks is as in English.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.i18n import de, en

if TYPE_CHECKING:
    from collections.abc import Mapping

# the only list of languages
LANGUAGES = {
    "en": en.LANGUAGE,
    "de": de.LANGUAGE,
}
DEFAULT = "en"
KEY = "lang"


def with_english(texts: Mapping[str, str]) -> dict[str, str]:
    """Return a language's texts, with the English ones where it has none."""
    return {**en.TEXTS, **texts}


TEXTS = {code: with_english(language.texts) for code, language in LANGUAGES.items()}


def language() -> str:
    """Return the language of this session."""
    chosen = st.session_state.get(KEY)
    return chosen if chosen in LANGUAGES else DEFAULT


def t(key: str, **values: object) -> str:
    """Return a text in the session's language, with its placeholders filled."""
    text = TEXTS[language()][key]
    return text.format(**values) if values else text


def counted(key: str, number: float, /, **values: object) -> str:
    """Return a text about a number of things: ``<key>.one`` where it is one.

    Args:
        key: The text's key.
        number: How many there are.
        values: What fills the placeholders, the written number among them.
    """
    form = f"{key}.one" if number == 1 else key
    return TEXTS[language()][form].format(**values)


def name_of(kind: str, code: str | None) -> str:
    """Return the name of a code, or the code itself where nobody has named it yet.

    Args:
        kind: What it is a code of; the text's key is ``<kind>.<code>``.
        code: The code as the data has it.
    """
    if code is None:
        return t("unknown")
    return TEXTS[language()].get(f"{kind}.{code}", code)


def labelled(row: Mapping[str, Any], prefix: str = "label") -> str:
    """Return ``label_<code>`` of a seed's row in the session's language, or the English one."""
    label: str = row.get(f"{prefix}_{language()}") or row[f"{prefix}_{DEFAULT}"]
    return label
