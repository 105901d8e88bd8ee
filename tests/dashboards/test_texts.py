"""The texts of the pages: each is there in English and German, and none is left over in any language."""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING

import pytest

from dashboards import i18n
from dashboards.i18n import counted, labelled, name_of, t
from dashboards.i18n.writing import Language
from dashboards.pages import PAGES
from ingestion.settings import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

DASHBOARDS = CHECKOUT / "dashboards"
TEXTS = {code: language.texts for code, language in i18n.LANGUAGES.items()}
LANGUAGES = sorted(TEXTS)
# what these lack is a fault; a language that somebody adds may lack what nobody has translated yet
whole = pytest.mark.parametrize("language", ["en", "de"])
CAUSAL = re.compile(
    r"\b(causes?|caused|leads? to|because of|verursacht|führt zu|bewirkt)\b", re.IGNORECASE
)

# what follows the key that a function is given
AFTER_KEY = {"t": "", "counted": r"(\.one)?", "name_of": r"\.[\w ]+"}
# a number and what there are so many of; German writes every noun with a capital letter
NUMBERED = re.compile(r"\{(count|n|all|cases|decided)\}\**[ \u00a0][A-ZÄÖÜ]\w+")
# the number of these is never one: fixed choices, limits, and links that split off more than one
NEVER_ONE = {
    "filter.trend.months",
    "journey.channels.empty",
    "identity.evidence.limit",
    "map.largest.bridge",
    "origin.more",
    "timeline.limit",
}


def uses() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield every use of a text in the code as (where, pattern of the keys it can ask for)."""
    for script in sorted(DASHBOARDS.rglob("*.py")):
        for node in ast.walk(ast.parse(script.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            if node.func.id not in {"t", "counted", "name_of"}:
                continue
            pattern = key_pattern(node.args[0]) + AFTER_KEY[node.func.id]
            yield f"{script.name}:{node.lineno}", re.compile(pattern)


def key_pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+"
            for part in node.values
        )
    if isinstance(node, ast.IfExp):
        return f"(?:{key_pattern(node.body)}|{key_pattern(node.orelse)})"
    message = f"line {node.lineno}: a text's key must be readable from the code"
    raise AssertionError(message)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@whole
def test_every_text_the_code_asks_for_exists(language: str) -> None:
    keys = TEXTS[language]
    missing = [
        f"{where} {pattern.pattern}"
        for where, pattern in uses()
        if not any(pattern.fullmatch(key) for key in keys)
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_over(language: str) -> None:
    patterns = [pattern for _, pattern in uses()]
    unused = [key for key in TEXTS[language] if not any(p.fullmatch(key) for p in patterns)]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_the_placeholders_of_the_english_one(language: str) -> None:
    english = {key: placeholders(text) for key, text in TEXTS["en"].items()}
    for key, text in TEXTS[language].items():
        assert placeholders(text) == english.get(key), key


def test_german_has_every_text() -> None:
    assert TEXTS["de"].keys() == TEXTS["en"].keys()


def test_what_a_language_lacks_is_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = i18n.with_english({"unknown": "inconnu"})
    monkeypatch.setitem(i18n.LANGUAGES, "fr", Language({"unknown": "inconnu"}))
    monkeypatch.setitem(i18n.TEXTS, "fr", texts)
    monkeypatch.setattr(i18n, "language", lambda: "fr")
    assert t("unknown") == name_of("channel", None) == "inconnu"
    assert t("section.people") == TEXTS["en"]["section.people"]
    assert labelled({"label_en": "Chat", "label_de": "Plausch"}) == "Chat"
    assert labelled({"label_en": "Chat", "label_fr": None}) == "Chat"
    assert labelled({"label_en": "Chat", "label_fr": "Discussion"}) == "Discussion"


def test_a_number_of_things_has_a_form_for_one() -> None:
    """German and English have the same keys, so that this holds for both."""
    lacking = [
        key
        for key, text in TEXTS["de"].items()
        if NUMBERED.search(text)
        and not key.endswith(".one")
        and f"{key}.one" not in TEXTS["de"]
        and key not in NEVER_ONE
    ]
    assert lacking == []


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [("de", "1 Kennung", "2 Kennungen"), ("en", "1 identifier", "2 identifiers")],
)
def test_one_thing_is_told_in_the_singular(
    language: str, one: str, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(i18n, "language", lambda: language)
    assert [counted("map.size", number, count=number) for number in (1, 2)] == [one, more]


@whole
def test_every_page_has_a_title_a_help_and_a_section(language: str) -> None:
    for page in PAGES:
        for key in (f"page.{page.name}", f"page.{page.name}.help", f"section.{page.section}"):
            assert TEXTS[language][key]


@whole
def test_what_affects_retention_is_never_said_to_be_shown(language: str) -> None:
    told = {key: text for key, text in TEXTS[language].items() if key.startswith("drivers")}
    word = {"en": "no experiment", "de": "kein Versuch"}[language]
    for key in ("drivers.hidden", "drivers.hidden.weak"):
        # a hidden cause is one that could be behind it
        assert word in told.pop(key)
    assert [key for key, text in told.items() if CAUSAL.search(text)] == []


def test_english_says_who_does_what() -> None:
    """Plain words: one who is nobody, or unknown, is no subject of a sentence."""
    heavy = re.compile(r"\b(nobody|anybody|somebody|whoever|whom|is none)\b", re.IGNORECASE)
    assert [key for key, text in TEXTS["en"].items() if heavy.search(text)] == []


@whole
def test_every_text_is_written_in_its_own_language(language: str) -> None:
    other = {"en": r"\b(und|oder|nicht|wird|die|der)\b", "de": r"\b(and|or|the|is|of|with)\b"}
    foreign = [key for key, text in TEXTS[language].items() if re.search(other[language], text)]
    assert foreign == []
