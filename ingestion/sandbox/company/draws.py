"""Random draws without a sequence: every draw is a pure function of the seed, a name and an index.

A draw does not depend on the number of earlier draws. So a longer world repeats the shorter one exactly.
Each system has its own key, so an identifier in one system says nothing about the same person's
identifier in another.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.special import ndtri

Array = npt.NDArray[Any]

NEVER = np.int64(2**61)
DAY = 86_400
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_WORD = 16


def _key(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=8).digest())


def _mix(x: Array) -> Array:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))


def _bits(seed: int, name: str, *index: Array) -> Array:
    with np.errstate(over="ignore"):
        state = np.full(np.broadcast(*index).shape, _key(seed, name), dtype=np.uint64)
        for part in index:
            moved = (np.asarray(part).astype(np.uint64) + np.uint64(1)) * _GOLDEN
            state = _mix(_mix(state) ^ moved)
        return _mix(state + _GOLDEN)


class Chance:
    """The draws of one world."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniform(self, name: str, *index: Array) -> Array:
        """Return numbers in [0, 1)."""
        return (_bits(self.seed, name, *index) >> np.uint64(11)) * 2.0**-53

    def normal(self, name: str, *index: Array) -> Array:
        """Return standard normal numbers."""
        return np.asarray(ndtri(self.uniform(name, *index) * (1 - 2e-12) + 1e-12))

    def pick(self, name: str, weights: list[float] | Array, *index: Array) -> Array:
        """Return positions drawn by weight."""
        return pick(self.uniform(name, *index), weights)

    def below(self, name: str, count: int, *index: Array) -> Array:
        """Return whole numbers from 0 to ``count - 1``."""
        return (self.uniform(name, *index) * count).astype(np.int64)

    def hex(self, name: str, *index: Array, chars: int = 32) -> Array:
        """Return hexadecimal identifiers as fixed-width bytes."""
        words = [
            _bits(self.seed, f"{name}#{word}", *index) for word in range((chars + 15) // _WORD)
        ]
        return to_hex(np.stack(words, axis=-1), chars)

    def uuid(self, name: str, *index: Array) -> pa.Array:
        """Return identifiers in the form of a UUID."""
        return text(dashed(self.hex(name, *index)))

    def generator(self, *name: object) -> np.random.Generator:
        """Return a sequence of its own, for what is drawn in bulk month by month."""
        return np.random.Generator(np.random.PCG64(_key(self.seed, "|".join(map(str, name)))))


def pick(u: Array, weights: list[float] | Array) -> Array:
    """Turn uniform numbers into positions by weight."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(edges[:-1] / edges[-1], u, side="right")


def to_hex(words: Array, chars: int) -> Array:
    """Write rows of 64-bit words as hexadecimal text of a width."""
    if not len(words):
        return np.empty(0, dtype=f"S{chars}")
    wide = np.frombuffer(
        np.ascontiguousarray(words.astype(">u8")).tobytes().hex().encode(),
        dtype=f"S{words.shape[-1] * _WORD}",
    )
    return wide.astype(f"S{chars}")


def dashed(hexadecimal: Array) -> Array:
    """Set the dashes of a UUID into 32 hexadecimal characters."""
    if not len(hexadecimal):
        return np.empty(0, dtype="S36")
    plain = np.ascontiguousarray(hexadecimal).view(np.uint8).reshape(-1, 32)
    out = np.full((len(plain), 36), ord("-"), dtype=np.uint8)
    for start, source in ((0, 0), (9, 8), (14, 12), (19, 16), (24, 20)):
        width = {0: 8, 24: 12}.get(start, 4)
        out[:, start : start + width] = plain[:, source : source + width]
    return out.view("S36").ravel()


def text(fixed: Array) -> pa.Array:
    """Turn fixed-width bytes into an Arrow text array."""
    return pa.array(fixed.tolist() if not len(fixed) else fixed, type=pa.binary()).cast(pa.string())
