"""What comes from outside is shown as it was written."""

from __future__ import annotations

import re

import pytest

from dashboards.components.markup import Markup, literal, short, visible
from dashboards.components.tables import badge, neutral

NOTHING = ":gray[]"


def as_read(markdown: str) -> str:
    """Return the text that is left of Markdown once its escapes are read."""
    return re.sub(r"\\(.)", r"\1", markdown.replace(NOTHING, ""))


@pytest.mark.parametrize(
    "text",
    [
        "**bold** _italic_ `code`",
        "[a link](https://evil.example)",
        "![a picture](https://evil.example/x.png)",
        "<script>alert(1)</script>",
        "# a heading",
        "- a list",
        "1. a list",
        ":red[colour] :material/check: :smile: :streamlit:",
        ":green-badge[![x](https://evil.example/x.png) $x$]",
        "https&colon;//evil.example www&period;evil.example &#58;",
        "$x^2$",
        "=HYPERLINK(1)",
        "| a | table |",
        "~~struck~~",
        r"a \ backslash",
        "a -> b <- c -- d >= e <= f ~= g <-> h",
    ],
)
def test_every_sign_is_escaped(text: str) -> None:
    assert as_read(literal(text)) == text
    rest = literal(text).replace(NOTHING, "")
    assert re.findall(r"(?<!\\)(?:\\\\)*[!-/:-@\[-`{-~]", re.sub(r"\\.", "", rest)) == []


@pytest.mark.parametrize(
    "found_later",
    ["http://", "https://", "www.", ":material_home:", ":streamlit:", ":+1:", "->", "<-", "--", ">=",
     "<=", "~=", "a@b.example", "HTTPS://", "WWW."],
)  # fmt: skip
def test_what_is_looked_for_in_the_text_itself_does_not_stand_in_one_piece(
    found_later: str,
) -> None:
    pieces = [as_read(piece) for piece in literal(f"x {found_later}y z").split(NOTHING)]
    assert len(pieces) > 1
    assert [piece for piece in pieces if found_later in piece] == []


def test_nothing_is_added_that_is_copied_with_the_text() -> None:
    assert literal("2026-06-01 09:30:15 Müller & Söhne").isprintable()
    assert NOTHING not in literal("2026-06-01 09:30:15 C:/dir 10:30")
    assert not re.search(
        "[\u200b-\u200f\u2060\ufeff]", literal("https://www.x.example a@b.example")
    )


def test_a_text_stays_on_its_line() -> None:
    assert literal(" first\n\n# second\t\u2028third") == r"first \# second third"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u202ecod.exe", "a⟨U+202E⟩cod.exe"),
        ("\u2066x\u2069\u200f", "⟨U+2066⟩x⟨U+2069⟩⟨U+200F⟩"),
        ("bell\x07 \x1b[31m \x85", "bell⟨U+0007⟩ ⟨U+001B⟩[31m ⟨U+0085⟩"),
        ("half \ud83d", "half \ufffd"),
        ("می\u200cخواهم 👩\u200d💻 שלום", "می\u200cخواهم 👩\u200d💻 שלום"),
    ],
    ids=["turned around", "isolates", "controls", "half a character", "what people write"],
)
def test_signs_that_nobody_sees_are_seen(text: str, seen: str) -> None:
    assert visible(text) == seen
    assert as_read(literal(text)) == seen


def test_a_long_text_is_shortened() -> None:
    assert short("a" * 10_000, 80) == "a" * 79 + "…"
    assert len(as_read(literal("a" * 10_000))) == 400
    assert short("short") == "short"


def test_a_badge_tells_its_state_by_a_sign_too() -> None:
    assert badge("fresh", is_well=True) != badge("fresh", is_well=False).replace("orange", "green")


@pytest.mark.parametrize("made", [badge("x] [y](z)", is_well=True), neutral("x] [y](z)")])
def test_a_badge_is_our_own_markup_whatever_it_says(made: Markup) -> None:
    assert isinstance(made, Markup)
    assert r"x\] \[y\]\(z\)]" in made
