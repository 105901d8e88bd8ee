"""Vendors' limits: how many requests may be sent in which time, kept across retries and processes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingestion import control

if TYPE_CHECKING:
    from collections.abc import Sequence

# shorter windows than this are over before another process has started
SHARED_FROM_SECONDS = 30

clock = time.time


@dataclass(frozen=True)
class Budget:
    """At most ``count`` requests in any ``seconds``.

    Args:
        count: How many.
        seconds: In which time.
        name: Name of the limit in the control store, e.g. ``mixpanel/10042/export``.
        only: The limit holds for request paths that contain this.
    """

    count: int
    seconds: float
    name: str
    only: str = ""


class Meter:
    """Counts requests against budgets."""

    def __init__(self, budgets: Sequence[Budget]) -> None:
        self._sent = {budget: _remembered(budget) for budget in budgets}

    def delay(self, path: str) -> float:
        """Return how many seconds the next request of a path has to wait."""
        now, longest = clock(), 0.0
        for budget, sent in self._sent.items():
            if budget.only in path:
                sent[:] = [moment for moment in sent if now - budget.seconds < moment <= now]
                if len(sent) >= budget.count:
                    longest = max(longest, sent[-budget.count] + budget.seconds - now)
        return longest

    def note(self, path: str) -> None:
        """Count a request that is about to be sent."""
        for budget, sent in self._sent.items():
            if budget.only in path:
                sent.append(clock())
                if budget.seconds >= SHARED_FROM_SECONDS:
                    control.remember(_key(budget), json.dumps(sent))


def _key(budget: Budget) -> str:
    return f"budget/{budget.name}"


def _remembered(budget: Budget) -> list[float]:
    if budget.seconds < SHARED_FROM_SECONDS:
        return []
    return list(json.loads(control.fact(_key(budget)) or "[]"))
