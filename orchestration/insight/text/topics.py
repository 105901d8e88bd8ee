"""What texts are about: by the words that people maintain, then by what the other texts share.

A topic that is found in one run keeps its name in the next as long as most of its texts stay together.
scikit-learn is imported where it is used, and only where there are enough texts to group.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from orchestration.insight.text.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# what is longer says no more about its subject
LONGEST = 2000
# fewer texts share too little to be called a topic
FEWEST_TEXTS = 40
FEWEST_IN_TOPIC = 6
# so many texts of a language are grouped, the same each time; more would only take longer
MOST_TEXTS = 2000
# words are the same if they begin alike: Rechnung, Rechnungen
STEM = 6
# a name is made of up to three words, each of which so many of the topic's texts use
NAMED_BY = 3
NAMED_IN = 3
NAMED_SHARE = 0.15
DIMENSIONS = 20
# a topic is one of the run before if they share more than half of the smaller one's texts
SHARED = 0.5
_WORD = re.compile(r"[^\W\d_]{3,}")


class Found(NamedTuple):
    """The topic of a text: its key, and the words that name it."""

    topic: str
    words: str


def by_words(texts: Sequence[str], words: Iterable[Mapping[str, Any]]) -> list[str | None]:
    """Return the topic of each text by the words that occur in it, null where none does.

    Args:
        texts: What customers wrote.
        words: The seed topic_words: ``topic`` and ``pattern``, whole words in lower case. Where words of
            several topics occur, the topic with most of them counts, then the one named first.

    Raises:
        re.error: A pattern is no regular expression.
    """
    patterns: dict[str, list[str]] = defaultdict(list)
    for row in words:
        patterns[row["topic"]].append(row["pattern"])
    compiled = {
        topic: re.compile(rf"(?<![^\W\d_])(?:{'|'.join(some)})(?![^\W\d_])")
        for topic, some in patterns.items()
    }
    return [_most_named(text[:LONGEST].lower(), compiled) for text in texts]


def grouped(
    texts: Sequence[str], languages: Sequence[str], before: Mapping[str, Found]
) -> list[Found | None]:
    """Return the topic that each text shares with others, null where it stands alone.

    The same texts give the same topics in any order.

    Args:
        texts: What customers wrote, each once.
        languages: In which language each is; those in none are not grouped.
        before: What the run before said of each text that it knew.
    """
    found: dict[str, Found] = {}
    for language in sorted(set(languages) & set(STOP_WORDS)):
        inside = [text for text, each in zip(texts, languages, strict=True) if each == language]
        inside = sorted(inside, key=_draw)[:MOST_TEXTS]
        found |= _named(_clusters(inside, language), language, before)
    return [found.get(text) for text in texts]


def _most_named(text: str, patterns: Mapping[str, re.Pattern[str]]) -> str | None:
    times = {topic: len(pattern.findall(text)) for topic, pattern in patterns.items()}
    most = max(times.values(), default=0)
    return next((topic for topic, each in times.items() if each == most), None) if most else None


def _draw(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _stems(text: str, language: str) -> dict[str, str]:
    """Return the words that say something, by how they begin."""
    words = _WORD.findall(text[:LONGEST].lower())
    return {word[:STEM]: word for word in words if word not in STOP_WORDS[language]}


def _clusters(texts: Sequence[str], language: str) -> list[list[str]]:
    """Return the groups of texts that lie close together."""
    stems = [_stems(text, language) for text in texts]
    seen = Counter(stem for each in stems for stem in each)
    # a word of one text groups nothing, a word of half of them tells nothing apart
    columns = {
        stem: at
        for at, stem in enumerate(
            sorted(s for s, n in seen.items() if FEWEST_IN_TOPIC / 2 <= n <= len(texts) / 2)
        )
    }
    kept = [at for at, each in enumerate(stems) if columns.keys() & each.keys()]
    if len(kept) < FEWEST_TEXTS or len(columns) < 2:  # noqa: PLR2004 - one word is no space
        return []
    rows, places, weights = [], [], []
    for row, at in enumerate(kept):
        for stem in sorted(columns.keys() & stems[at].keys()):
            rows.append(row)
            places.append(columns[stem])
            weights.append(1 + np.log(len(texts) / seen[stem]))
    matrix = sparse.csr_matrix((weights, (rows, places)), shape=(len(kept), len(columns)))
    clusters: dict[int, list[str]] = defaultdict(list)
    for at, label in zip(kept, _labels(matrix), strict=True):
        if label >= 0:
            clusters[int(label)].append(texts[at])
    return list(clusters.values())


def _labels(matrix: sparse.csr_matrix) -> np.ndarray:
    from sklearn.cluster import HDBSCAN

    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)))
    matrix = sparse.csr_matrix(matrix.multiply(1 / length))
    # a start of its own makes the same texts lie at the same place each time
    left, strength, _ = svds(
        matrix, k=min(DIMENSIONS, min(matrix.shape) - 1), v0=np.ones(min(matrix.shape))
    )
    points = left * strength
    points /= np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
    labels: np.ndarray = HDBSCAN(
        min_cluster_size=max(FEWEST_IN_TOPIC, len(points) // 100), min_samples=3, copy=True
    ).fit_predict(points)
    return labels


def _named(
    clusters: Sequence[list[str]], language: str, before: Mapping[str, Found]
) -> dict[str, Found]:
    """Return each text with its topic; the largest clusters choose their names first."""
    sizes = Counter(before.values())
    named: dict[str, Found] = {}
    taken: set[str] = set()
    for texts in sorted(clusters, key=lambda each: (-len(each), sorted(each))):
        known = Counter(before[text] for text in texts if text in before)
        topic = next(
            (
                old
                for old, shared in sorted(known.items(), key=lambda each: (-each[1], each[0]))
                if old.topic not in taken and shared > SHARED * min(sizes[old], len(texts))
            ),
            None,
        ) or _name(texts, language)
        if topic is None or topic.topic in taken:
            continue
        taken.add(topic.topic)
        named |= dict.fromkeys(texts, topic)
    return named


def _name(texts: Sequence[str], language: str) -> Found | None:
    """Name a topic by the words that most of its texts use; a word of few could be somebody's name."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for stem, word in _stems(text, language).items():
            spelt[stem][word] += 1
    common = []
    for each in spelt.values():
        word, times = min(each.items(), key=lambda spelling: (-spelling[1], spelling[0]))
        if times >= max(NAMED_IN, NAMED_SHARE * len(texts)):
            common.append((-times, word))
    used = sorted(common)[:NAMED_BY]
    if not used:
        return None
    words = [word for _, word in used]
    return Found(f"found_{language}_{'_'.join(words)}", ", ".join(words))
