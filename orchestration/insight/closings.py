"""Texts that only end a conversation: a thank-you asks for nothing.

A database compiles a pattern that comes from data for every row; here each is compiled once.
"""

from __future__ import annotations

import re

import pyarrow as pa

# a thank-you is short; after more words something follows
LONGEST = 60
_SCHEMA = pa.schema([("text", pa.string())])
_QUESTION = re.compile("[?？؟]")


def closing(texts: pa.Table, words: pa.Table) -> pa.Table:
    """Return the texts that end a conversation.

    Args:
        texts: Column ``text``: what customers wrote; null ends nothing.
        words: The seed closing_words: ``pattern`` of whole words in lower case, and whether it
            ``closes`` or takes a closing word back ("thanks, but").

    Returns:
        Column ``text``, each once.

    Raises:
        re.error: A pattern is no regular expression.
    """
    rows = words.to_pylist()
    closes = _any_of([row["pattern"] for row in rows if row["closes"]])
    takes_back = _any_of([row["pattern"] for row in rows if not row["closes"]])
    found = sorted(
        text
        for text in set(texts["text"].to_pylist())
        if text is not None
        and len(text.strip()) <= LONGEST
        and not _QUESTION.search(text)
        and closes.search(text.lower())
        and not takes_back.search(text.lower())
    )
    return pa.table({"text": found}, schema=_SCHEMA)


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    if not patterns:
        return re.compile(r"(?!)")
    # whole words: no letter before or behind
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(patterns)})(?![^\W\d_])")
