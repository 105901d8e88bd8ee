"""Text from outside, made literal before it goes into places that read Markdown.

Streamlit reads Markdown in two steps. The first step reads signs; each of them is escaped here. The
second step looks for icons, emoji, arrows and addresses in the remaining text, where the escapes are
gone. An empty element between two signs keeps it from finding any, and changes nothing that is shown
or copied.
"""

from __future__ import annotations

import re
import unicodedata

# an element of Streamlit's that shows nothing
_NOTHING = ":gray[]"
_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")
# where an icon, an emoji, an arrow or an address of the web or of a mail would be found
_FOUND_LATER = re.compile(
    r"(?<=:)(?=//|[\w+/-]*[A-Za-z+-][\w+/-]*:)|(?<=[-<>~])(?=[->=])|(?<=@)|(?i:(?<=www)(?=\.))"
)
_SPACES = re.compile(r"\s+")
# they turn the letters after them around, also those of the page
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
NAME_LENGTH = 80
VALUE_LENGTH = 400
ELLIPSIS = "…"


class Markup(str):
    """Markdown of our own making, in which what comes from outside is literal."""

    __slots__ = ()


def literal(text: str, most: int = VALUE_LENGTH) -> str:
    """Return Markdown that shows a text as it is, on one line, without links, and not too long."""
    plain = short(_SPACES.sub(" ", visible(text)).strip(), most)
    return _NOTHING.join(_SIGNS.sub(r"\\\1", part) for part in _FOUND_LATER.split(plain))


def visible(text: str) -> str:
    """Return a text in which signs that nobody sees, and that change how it is read, are seen."""
    turned = _TURNING.sub(lambda found: _named(found[0]), text)
    return "".join(_seen(sign) for sign in turned)


def short(text: str, most: int = NAME_LENGTH) -> str:
    """Return a text, or its beginning where it is longer than anybody reads at a glance."""
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def _seen(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cs":
        # half of a character, which no browser takes
        return "\N{REPLACEMENT CHARACTER}"
    return sign if kind != "Cc" or sign in "\t\n\r" else _named(sign)


def _named(sign: str) -> str:
    return f"⟨U+{ord(sign):04X}⟩"
