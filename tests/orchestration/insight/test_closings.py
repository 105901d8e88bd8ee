"""A thank-you ends a conversation, a question in it does not."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.insight.closings import closing

WORDS = pa.Table.from_pylist(
    [
        {"pattern": "danke|gefunden", "closes": True},
        {"pattern": "спасибо", "closes": True},
        {"pattern": ".*ありがとう.*", "closes": True},
        {"pattern": "thanks|thank you", "closes": True},
        {"pattern": "aber", "closes": False},
    ]
)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Danke, gefunden!", True),
        ("Спасибо", True),
        ("どうもありがとうございます", True),
        ("Thank you 2x", True),
        ("Thanks! How long will it take?", False),
        ("Danke, aber es geht immer noch nicht", False),
        ("Gedankenstrich fehlt", False),
        ("Thanks for the hint, I have tried it three times today and it shows 404", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_short_text_that_asks_nothing_ends_a_conversation(
    text: str | None, ends: bool
) -> None:
    texts = pa.table({"text": pa.array([text, text], pa.string())})
    assert closing(texts, WORDS)["text"].to_pylist() == ([text] if ends else [])


def test_without_words_nothing_ends_a_conversation() -> None:
    texts = pa.table({"text": ["Danke"]})
    assert closing(texts, WORDS.slice(0, 0))["text"].to_pylist() == []
