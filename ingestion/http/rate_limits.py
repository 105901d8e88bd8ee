"""Vendors' limits: how many requests are allowed in what time, and how long a vendor said to wait.

Both hold across retries. Limits longer than half a minute also hold across processes.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ingestion.control import store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# no vendor's clock is so wrong that a source must stay silent for longer
LONGEST_PAUSE = 24 * 3600
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
    """Counts requests against budgets, and knows which addresses a vendor wants left alone.

    Args:
        budgets: Limits of the vendor.
        source: Name under which the vendor's own waits are remembered.
    """

    def __init__(self, budgets: Sequence[Budget], source: str) -> None:
        self._sent = {budget: _remembered(budget) for budget in budgets}
        self._pauses_key = f"pauses/{source}"
        # address (host and path) -> when it may be asked again, in seconds since 1970
        self._pauses: dict[str, float] = json.loads(store.fact(self._pauses_key) or "{}")

    def delay(self, url: str) -> float:
        """Return how many seconds the next request of an address has to wait."""
        now, path = clock(), urlsplit(url).path
        longest = self._pauses.get(_address(url), 0.0) - now
        for budget, sent in self._sent.items():
            if budget.only in path:
                sent[:] = [moment for moment in sent if now - budget.seconds < moment <= now]
                if len(sent) >= budget.count:
                    longest = max(longest, sent[-budget.count] + budget.seconds - now)
        return max(longest, 0.0)

    def note(self, url: str) -> None:
        """Count a request that is about to be sent."""
        for budget, sent in self._sent.items():
            if budget.only in urlsplit(url).path:
                sent.append(clock())
                if budget.seconds >= SHARED_FROM_SECONDS:
                    store.remember(_key(budget), json.dumps(sent))

    def pause(self, url: str, seconds: float) -> None:
        """Remember that the vendor wants an address left alone for some time."""
        now = clock()
        self._pauses = {place: until for place, until in self._pauses.items() if until > now}
        self._pauses[_address(url)] = now + min(seconds, LONGEST_PAUSE)
        if seconds >= SHARED_FROM_SECONDS:
            store.remember(self._pauses_key, json.dumps(self._pauses))


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"


def _key(budget: Budget) -> str:
    return f"budget/{budget.name}"


def _remembered(budget: Budget) -> list[float]:
    if budget.seconds < SHARED_FROM_SECONDS:
        return []
    return list(json.loads(store.fact(_key(budget)) or "[]"))


def backoff(attempt: int) -> float:
    """Return a growing pause with jitter, so that many clients do not come back at once."""
    return float(min(2 ** (attempt - 1), 32)) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the wait in seconds that the vendor asks for, given in seconds or as a date."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment.timestamp() - time.time(), 0.0)
