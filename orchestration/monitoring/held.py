"""What loads held back because it looked like a loss, reported until it is confirmed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ingestion.loading import ledger
from ingestion.loading.volume_guard import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = 3
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def streams(source: str) -> list[str]:
    """Return the streams of a source of which something is held back."""
    return [stream for name, stream in ledger.held_back() if name == source]


def warnings(source: str | None = None) -> list[str]:
    """Return one message per stream of which something is held back, with what to do."""
    return [
        _listing(name, stream, slices[EVERYTHING])
        if EVERYTHING in slices
        else _slices(name, stream, slices)
        for (name, stream), slices in ledger.held_back().items()
        if source in {None, name}
    ]


def _listing(source: str, stream: str, came: int) -> str:
    again = f"kette load {source}"
    return (
        f"{source} {stream} is held back: the last full listing had only {came:,} rows. "
        f"What is stored stays, and nothing of it counts as gone. {_next(again)}"
    )


def _slices(source: str, stream: str, slices: Mapping[str, int]) -> str:
    names = sorted(slices)
    shown = ", ".join(f"{name} ({slices[name]:,} rows came)" for name in names[:SHOWN])
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    again = f"kette load {source}"
    if all(DAY.fullmatch(name) for name in names):
        again = f"{again} --from {names[0]} --to {names[-1]}"
    return f"{source} {stream} is held back: {shown}{more}. What is stored stays. {_next(again)}"


def _next(again: str) -> str:
    return (
        f"A second load that says the same is taken: {again}. "
        f"If you know that the loss is true: {again} --accept-loss"
    )
