"""The language of the pages: one dictionary module per language, all with the same keys."""

from __future__ import annotations

import streamlit as st

from dashboards.i18n import de, en

LANGUAGES = {"en": "English", "de": "Deutsch"}
TEXTS: dict[str, dict[str, str]] = {"en": en.TEXTS, "de": de.TEXTS}
DEFAULT = "en"
KEY = "lang"


def language() -> str:
    """Return the language of this session."""
    chosen = st.session_state.get(KEY)
    return chosen if chosen in LANGUAGES else DEFAULT


def t(key: str, **values: object) -> str:
    """Return a text in the session's language, with its placeholders filled."""
    text = TEXTS[language()][key]
    return text.format(**values) if values else text


def name_of(kind: str, code: str | None) -> str:
    """Return the name of a code, or the code itself where nobody has named it yet.

    Args:
        kind: What it is a code of; the text's key is ``<kind>.<code>``.
        code: The code as the data has it.
    """
    if code is None:
        return t("unknown")
    return TEXTS[language()].get(f"{kind}.{code}", code)


def labelled(row: dict[str, str], prefix: str = "label") -> str:
    """Return ``label_en`` or ``label_de`` of a seed's row."""
    return row[f"{prefix}_{language()}"]
