"""Text from outside on its way into places that read Markdown: it is shown, never obeyed."""

from __future__ import annotations

import re

_SIGNS = re.compile(r"([\\`*_{}\[\]()#+!|~$<>:=.-])")
_ADDRESS = re.compile(r"(?i)(https?:|www)(?=[/.])")
_SPACES = re.compile(r"\s+")
# an invisible sign that keeps an address from becoming a link
WORD_JOINER = "\u2060"


def literal(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line and without links."""
    plain = _ADDRESS.sub(rf"\1{WORD_JOINER}", _SPACES.sub(" ", text).strip())
    return _SIGNS.sub(r"\\\1", plain)
