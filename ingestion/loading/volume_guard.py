"""Holds back what looks like a loss: a day or a listing that comes back empty or clearly smaller.

The stored day stays as it is, and no row of a shrunken listing counts as gone, until a second complete
answer agrees or a person accepts the loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# what may vanish unnoticed: vendors remove duplicates and single erased persons
SHARE, HANDFUL = 0.01, 5
# what may be missing from a full listing: people archive and delete, but not a fifth in a day
LISTING_SHARE = 0.2
EVERYTHING = "*"


@dataclass
class Verdict:
    """Which slices are held back (with the rows that came), and which are taken."""

    held: dict[str, int] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)


def judge(
    names: Iterable[str],
    arrived: Mapping[str, int],
    stored: Mapping[str, int],
    held_before: Mapping[str, int],
    *,
    is_accepted: bool = False,
) -> Verdict:
    """Decide which of the completely read slices may replace what is stored.

    Args:
        names: The slices.
        arrived: Rows that came for each.
        stored: Rows that are stored of each.
        held_before: Rows of those that were held back before.
        is_accepted: Whether a person says that a loss is true.
    """
    verdict = Verdict()
    for name in names:
        came, had = arrived.get(name, 0), stored.get(name, 0)
        shrank = _shrank(came, had, SHARE)
        if shrank and not is_accepted and held_before.get(name) != came:
            verdict.held[name] = came
        else:
            verdict.accepted.append(name)
    return verdict


def _shrank(came: int, had: int, share: float) -> bool:
    return had > 0 and (came == 0 or (had - came > HANDFUL and came < had * (1 - share)))


def judge_listing(came: int, had: int, held_before: int | None, *, is_accepted: bool) -> Verdict:
    """Decide whether a complete listing may say what is gone.

    Args:
        came: Rows the listing showed.
        had: Rows that were not gone before it.
        held_before: Rows of the listing before, where that was held back.
        is_accepted: Whether a person says that the loss is true.
    """
    shrank = _shrank(came, had, LISTING_SHARE)
    # between two listings a few come and go: they agree when neither looks like a loss of the other
    agrees = held_before is not None and (
        min(came, held_before) >= max(came, held_before) * (1 - LISTING_SHARE)
    )
    if shrank and not agrees and not is_accepted:
        return Verdict(held={EVERYTHING: came})
    return Verdict(accepted=[EVERYTHING])


def note(verdict: Verdict, stored: Mapping[str, int]) -> str:
    """Return the remark for the ledger."""
    shown = [
        f"{'the listing' if name == EVERYTHING else name}: {came} rows came, {stored[name]} are stored"
        for name, came in sorted(verdict.held.items())[:3]
    ]
    more = len(verdict.held) - len(shown)
    return f"held back {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")
