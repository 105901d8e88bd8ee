"""How old data is and may be: the one rule that Dagster, `kette doctor` and the pages read.

Each source sets its own limit (`Load.fresh_within`): a shop that is asked every hour is late sooner
than an export that its vendor writes once a day. In demo mode the clock of the simulated company
counts. Each run notes the limits and which sources are on. The pages do not know the sources and
judge by these notes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import outcomes, store, tables
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# what is published: a day between two builds, and six hours for one that was late or was repeated
PUBLISHED_WITHIN = timedelta(hours=30)
NOTED = "fresh_within_seconds"
OFF, NEVER, FRESH, STALE = "off", "never", "fresh", "stale"


@dataclass(frozen=True)
class Freshness:
    """One source: when it was last loaded well, how old that is, and how old it may be.

    Attributes:
        age: None while it was never loaded.
        limit: None while nobody has said: the source is off.
    """

    source: str
    loaded_at: datetime | None
    age: timedelta | None
    limit: timedelta | None

    @property
    def state(self) -> str:
        """Return ``off``, ``never``, ``fresh`` or ``stale``."""
        if self.limit is None:
            return OFF
        if self.age is None:
            return NEVER
        return FRESH if self.age <= self.limit else STALE


def limits() -> dict[str, timedelta]:
    """Return how old the data of each source may be that is not off."""
    # only who loads knows the sources: the pages do without dlt
    from ingestion.loading.run import source_status
    from ingestion.registry import REGISTRY

    return {load.source: load.fresh_within for load in REGISTRY if source_status(load).state != OFF}


def note() -> None:
    """Keep which sources are on, and how old the data of each may be."""
    seconds = {source: limit.total_seconds() for source, limit in limits().items()}
    store.remember(NOTED, json.dumps(seconds, sort_keys=True))


def noted() -> dict[str, timedelta]:
    """Return the limits of the sources that were on when the last run began."""
    seconds: dict[str, float] = json.loads(store.fact(NOTED) or "{}")
    return {source: timedelta(seconds=value) for source, value in seconds.items()}


def of_sources(
    limited: Mapping[str, timedelta], *, is_demo: bool, published: date | None = None
) -> dict[str, Freshness]:
    """Return each source that has a limit, or that somebody tried to load.

    Args:
        limited: The limits of the sources that are on.
        is_demo: Whether the simulated company's clock counts.
        published: The day that the pages stand for.
    """
    now, loaded = clock(is_demo=is_demo, published=published), store.last_loaded()
    days = _days_loaded() if is_demo else {}
    tried = {row["source"] for row in store.latest_ledger()}
    return {
        source: Freshness(
            source=source,
            loaded_at=loaded.get(source),
            age=_age(now, loaded.get(source), days.get(source)),
            limit=limited.get(source),
        )
        for source in sorted({*limited, *tried})
    }


def clock(*, is_demo: bool, published: date | None = None) -> datetime:
    """Return the moment by which age is judged, in UTC.

    In demo mode it is the simulated company's: the newest day that a run, the publication or the
    environment knows. Real data was loaded by the real clock, whatever day counts as today.
    """
    if not is_demo:
        return datetime.now(UTC)
    known: Iterable[date | None] = (
        published,
        settings().fixed_today,
        *(run["as_of"] for run in store.recent_runs() if run["mode"] == outcomes.DEMO),
    )
    days = [day for day in known if day]
    return midnight(max(days)) if days else settings().now()


def midnight(day: date) -> datetime:
    """Return the beginning of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _age(now: datetime, loaded: datetime | None, day: date | None) -> timedelta | None:
    if loaded is None:
        return None
    # the control store keeps UTC without saying so
    return max(now - (midnight(day) if day else loaded.replace(tzinfo=UTC)), timedelta(0))


def _days_loaded() -> dict[str, date]:
    rows, runs = tables.load_ledger, tables.runs
    statement: sa.Select[Any] = (
        sa.select(rows.c.source, sa.func.max(runs.c.as_of).label("as_of"))
        .join(runs, rows.c.run_id == runs.c.run_id)
        .where(rows.c.status.in_(outcomes.GOOD))
        .group_by(rows.c.source)
    )
    return {row["source"]: row["as_of"] for row in store.rows(statement)}
