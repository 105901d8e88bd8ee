"""What dbt Python models ask about texts, as functions of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from orchestration.insight.text import language, topics
from orchestration.insight.text.topics import Found

if TYPE_CHECKING:
    from orchestration.insight.text.sentiment import Scorer

SCORED = pa.schema(
    [
        ("text", pa.string()),
        ("language", pa.string()),
        ("sentiment", pa.string()),
        ("sentiment_score", pa.float64()),
        ("scorer", pa.string()),
        ("topic", pa.string()),
    ]
)
GROUPED = pa.schema([("text", pa.string()), ("topic", pa.string()), ("words", pa.string())])


def scored(texts: pa.Table, words: pa.Table, scorer: Scorer) -> pa.Table:
    """Return what is told of each text by itself.

    A text that is surely in a language that the scorer does not know has no sentiment.

    Args:
        texts: Column ``text``, each once.
        words: The seed topic_words.
        scorer: Who tells the mood.

    Returns:
        Columns as in ``SCORED``, one row per text, by text.
    """
    given = sorted(text for text in texts["text"].to_pylist() if text is not None)
    spoken = language.languages(given)
    moods = scorer.score(given)
    about = topics.by_words(given, words.to_pylist())
    rows = [
        {
            "text": text,
            "language": each,
            "sentiment": None if is_foreign else mood.sentiment,
            "sentiment_score": None if is_foreign else mood.score,
            "scorer": scorer.version,
            "topic": topic,
        }
        for text, each, mood, topic in zip(given, spoken, moods, about, strict=True)
        for is_foreign in [each == language.UNKNOWN and language.is_long_enough(text)]
    ]
    return pa.Table.from_pylist(rows, schema=SCORED)


def grouped(texts: pa.Table, before: pa.Table) -> pa.Table:
    """Return the topics found among texts, without those that stand alone.

    Args:
        texts: Columns ``text``, each once, and ``language``.
        before: What this returned in the run before; empty in the first.

    Returns:
        Columns as in ``GROUPED``, one row per text of a topic, by text.
    """
    given = dict(zip(texts["text"].to_pylist(), texts["language"].to_pylist(), strict=True))
    known = {row["text"]: Found(row["topic"], row["words"]) for row in before.to_pylist()}
    names = sorted(given)
    found = topics.grouped(names, [given[name] for name in names], known)
    rows = [
        {"text": text, "topic": each.topic, "words": each.words}
        for text, each in zip(names, found, strict=True)
        if each is not None
    ]
    return pa.Table.from_pylist(rows, schema=GROUPED)
