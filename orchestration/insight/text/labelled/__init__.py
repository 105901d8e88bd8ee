"""Customer messages written for this project, each with the sentiment that two passes gave it.

The guideline and how well the passes agree stand in docs/text.md.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LANGUAGES = ("de", "en")
LABELS = ("negative", "neutral", "positive")
# of four messages three are trained on
HELD_OUT_EVERY = 4


class Labelled(NamedTuple):
    """One message: who it is, how it was written, and what each pass said of it."""

    id: str
    language: str
    register: str
    text: str
    first: str
    second: str
    label: str


def messages(language: str | None = None) -> list[Labelled]:
    """Return the labelled messages, in one language or in all."""
    found = []
    for each in LANGUAGES if language is None else (language,):
        with (Path(__file__).parent / f"{each}.csv").open(encoding="utf-8", newline="") as lines:
            found += [Labelled(**row) for row in csv.DictReader(lines)]
    return found


def part(message_id: str, of: int) -> int:
    """Return to which of ``of`` parts a message belongs: the same for ever, whatever is added."""
    return int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:8]) % of


def split(found: Iterable[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """Return the messages to train on, and those held out to measure with."""
    training: list[Labelled] = []
    held_out: list[Labelled] = []
    for message in found:
        (held_out if part(message.id, HELD_OUT_EVERY) == 0 else training).append(message)
    return training, held_out


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Return Cohen's kappa: agreement beyond what chance gives; 1 where both always agree."""
    count = len(first)
    agreed = sum(one == other for one, other in zip(first, second, strict=True)) / count
    chance = sum(first.count(label) * second.count(label) / count**2 for label in {*first, *second})
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0
