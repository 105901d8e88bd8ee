"""What mood a text is in: negative, neutral or positive, or not to be said."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from scipy import sparse, special

from orchestration.insight.text import features
from orchestration.insight.text.features import Vocabulary
from orchestration.insight.text.labelled import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIPPED = Path(__file__).parent / "sentiment.npz"
# a text of which the model knows less than this share is in no words of its own
LEAST_KNOWN = 0.5
_AT_ONCE = 5000


class Mood(NamedTuple):
    """A text's sentiment, null where the scorer is unsure, and its score from -1 to 1.

    The score is the probability of positive less that of negative; it is null with the sentiment.
    """

    sentiment: str | None
    score: float | None


class Scorer(Protocol):
    """Whatever scores texts: the shipped model, one's own, or another program's."""

    @property
    def version(self) -> str:
        """Which scorer it was, written beside each score."""

    def score(self, texts: Sequence[str]) -> list[Mood]:
        """Return the mood of each text, in the order given."""


@dataclass(frozen=True)
class Model:
    """Multinomial logistic regression on TF-IDF, calibrated, silent where it is unsure."""

    whole: Vocabulary
    parts: Vocabulary
    coefficients: np.ndarray  # a row per label, a column per feature, words first
    intercepts: np.ndarray
    temperature: float
    threshold: float
    card: dict[str, Any]

    @property
    def version(self) -> str:
        """Name and the first characters of the hash of what it is made of."""
        made_of = hashlib.sha256()
        for each in (self.whole.hashes, self.parts.hashes, self.coefficients, self.intercepts):
            made_of.update(np.ascontiguousarray(each).tobytes())
        made_of.update(f"{self.temperature} {self.threshold}".encode())
        return f"{self.card['name']}-{made_of.hexdigest()[:8]}"

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Return a row per text with the calibrated probability of each label."""
        sure: np.ndarray = special.softmax(self._scores(texts) / self.temperature, axis=1)
        return sure

    def score(self, texts: Sequence[str]) -> list[Mood]:
        """Return the mood of each text, in the order given."""
        moods = []
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            for text, row in zip(some, self.probabilities(some), strict=True):
                best = int(row.argmax())
                if row[best] < self.threshold or not self._knows(text):
                    moods.append(Mood(None, None))
                else:
                    moods.append(Mood(LABELS[best], round(float(row[2] - row[0]), 4)))
        return moods

    def write(self, path: Path) -> None:
        """Write it as plain arrays: no pickle, nothing that runs when it is read."""
        kept = io.BytesIO()
        np.savez_compressed(
            kept,
            whole_hashes=self.whole.hashes,
            whole_weights=self.whole.weights.astype(np.float16),
            parts_hashes=self.parts.hashes,
            parts_weights=self.parts.weights.astype(np.float16),
            coefficients=self.coefficients.astype(np.float16),
            intercepts=self.intercepts,
            temperature=np.array(self.temperature),
            threshold=np.array(self.threshold),
            card=np.frombuffer(json.dumps(self.card, ensure_ascii=False).encode(), dtype=np.uint8),
        )
        path.write_bytes(kept.getvalue())

    @classmethod
    def read(cls, path: Path) -> Model:
        """Return the model that a file holds.

        Raises:
            OSError: There is no such file.
            ValueError: It holds no model.
        """
        try:
            with np.load(path, allow_pickle=False) as kept:
                return cls(
                    Vocabulary(kept["whole_hashes"], kept["whole_weights"].astype(np.float32)),
                    Vocabulary(kept["parts_hashes"], kept["parts_weights"].astype(np.float32)),
                    kept["coefficients"].astype(np.float32),
                    kept["intercepts"],
                    float(kept["temperature"]),
                    float(kept["threshold"]),
                    json.loads(kept["card"].tobytes()),
                )
        except KeyError as missing:
            raise ValueError(f"{path.name} holds no model of sentiment: {missing}") from None

    def _scores(self, texts: Sequence[str]) -> np.ndarray:
        rows = sparse.hstack(
            [
                features.matrix([features.whole(text) for text in texts], self.whole),
                features.matrix([features.parts(text) for text in texts], self.parts),
            ],
            format="csr",
        )
        scores: np.ndarray = np.asarray(rows @ self.coefficients.T) + self.intercepts
        return scores

    def _knows(self, text: str) -> bool:
        return features.known_share(features.parts(text), self.parts) >= LEAST_KNOWN


def shipped() -> Model:
    """Return the model that comes with Kette."""
    return _read(SHIPPED, SHIPPED.stat().st_mtime_ns)


def chosen(name: str, own: Path | None) -> Scorer:
    """Return the scorer of an installation.

    Args:
        name: ``module:function`` of a function without arguments that returns a `Scorer`; empty for
            Kette's own.
        own: The model of ``kette text train``; it is taken where it is there and was better than
            the shipped one on the chats it had not seen.

    Raises:
        ImportError: There is no such module.
        AttributeError: The module has no such function.
    """
    if name:
        module, _, function = name.partition(":")
        scorer: Scorer = getattr(import_module(module), function)()
        return scorer
    return own_or_shipped(own)


def own_or_shipped(own: Path | None) -> Model:
    """Return the installation's own model where it is there and better, else the shipped one."""
    if own is not None and own.is_file():
        model = _read(own, own.stat().st_mtime_ns)
        if model.card["is_better"]:
            return model
    return shipped()


@cache
def _read(path: Path, _written: int) -> Model:
    return Model.read(path)
