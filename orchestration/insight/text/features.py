"""Texts as numbers: TF-IDF of words, pairs of words and parts of words, hashed.

Hashed features keep no word of anybody, so that a model made from a company's own chats can be kept
and copied as any file of figures.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# what is longer says no more about its mood
LONGEST = 2000
SHORTEST_PART, LONGEST_PART = 2, 5
# few enough for 32 bits, many enough that two words seldom meet
_BUCKETS = 1 << 24
_TOKEN = re.compile(r"\w+|[^\w\s]+")


class Vocabulary(NamedTuple):
    """Which hashed features count, in ascending order, and the weight of each (its IDF)."""

    hashes: np.ndarray
    weights: np.ndarray


def words(text: str) -> list[str]:
    """Return a text's words and runs of marks, in lower case."""
    return _TOKEN.findall(text[:LONGEST].lower())


def whole(text: str) -> list[int]:
    """Return the hashes of a text's words and pairs of neighbours."""
    tokens = words(text)
    return [*map(_word, tokens), *(_word(f"{one} {other}") for one, other in pairwise(tokens))]


def parts(text: str) -> list[int]:
    """Return the hashes of two to five letters in a row, within words."""
    return [each for word in text[:LONGEST].lower().split() for each in _parts(word)]


def fitted(counted: Sequence[list[int]], fewest: int) -> Vocabulary:
    """Return the features that at least ``fewest`` of the texts have.

    Args:
        counted: The hashes of each text, as `whole` or `parts` gives them.
        fewest: How many texts a feature must be in.
    """
    seen = Counter(each for hashes in counted for each in set(hashes))
    kept = sorted(each for each, times in seen.items() if times >= fewest)
    frequency = np.array([seen[each] for each in kept], dtype=np.float64)
    weights = np.log((1 + len(counted)) / (1 + frequency)) + 1
    return Vocabulary(np.array(kept, dtype=np.int32), weights.astype(np.float32))


def matrix(counted: Sequence[list[int]], vocabulary: Vocabulary) -> sparse.csr_matrix:
    """Return texts by features, each row of length one, or zero where it knows no feature.

    Args:
        counted: The hashes of each text.
        vocabulary: Which features count.

    Returns:
        A row per text and a column per feature.
    """
    columns: list[np.ndarray] = []
    values: list[np.ndarray] = []
    ends = [0]
    for positions, data in _rows(counted, vocabulary):
        columns.append(positions)
        values.append(data)
        ends.append(ends[-1] + len(positions))
    return sparse.csr_matrix(
        (
            np.concatenate(values or [np.empty(0, np.float32)]),
            np.concatenate(columns or [np.empty(0, np.int64)]),
            ends,
        ),
        shape=(len(counted), len(vocabulary.hashes)),
    )


def known_share(counted: list[int], vocabulary: Vocabulary) -> float:
    """Return which share of a text's features a vocabulary knows, 0 to 1; 0 of no features."""
    if not counted or not len(vocabulary.hashes):
        return 0.0
    _, is_known = _found(np.array(counted, dtype=np.int32), vocabulary)
    return float(is_known.mean())


def _rows(
    counted: Iterable[list[int]], vocabulary: Vocabulary
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for hashes in counted:
        distinct, times = np.unique(np.array(hashes, dtype=np.int32), return_counts=True)
        positions, is_known = _found(distinct, vocabulary)
        positions = positions[is_known]
        data = (1 + np.log(times[is_known])) * vocabulary.weights[positions]
        length = np.sqrt((data**2).sum())
        yield positions, (data / length if length else data).astype(np.float32)


def _found(hashes: np.ndarray, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Return where each hash stands in the vocabulary, and whether it stands there at all."""
    if not len(vocabulary.hashes):
        return np.zeros(len(hashes), dtype=np.int64), np.zeros(len(hashes), dtype=bool)
    positions = np.searchsorted(vocabulary.hashes, hashes)
    positions[positions == len(vocabulary.hashes)] = 0
    return positions, vocabulary.hashes[positions] == hashes


@lru_cache(maxsize=1 << 16)
def _word(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace")) % _BUCKETS


@lru_cache(maxsize=1 << 16)
def _parts(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    return tuple(
        _word(padded[start : start + length])
        for length in range(SHORTEST_PART, LONGEST_PART + 1)
        for start in range(len(padded) - length + 1)
    )
