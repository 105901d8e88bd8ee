"""How the data is doing, from the control store: it knows of runs that published nothing, too.

Nothing here is cached: the page is opened to see the present state.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dashboards import warehouse
from ingestion import control
from ingestion.settings import settings

if TYPE_CHECKING:
    from dashboards.warehouse import Publication

# a day between two runs, and six hours for one that was late or had to be repeated
FRESH_WITHIN = timedelta(hours=30)
DEMO = "demo"
UNMAPPED_AT_MOST = 50
# a stream that was held back on purpose is accounted for, a failed one is not
ENDED = ("loaded", "held")
FAILED = ("failed", "unbalanced")


@dataclass(frozen=True)
class Source:
    """One source: how old its data is, and whether every record is accounted for."""

    source: str
    last_loaded_at: datetime | None
    age: timedelta | None
    failed_streams: tuple[str, ...]
    unaccounted: int
    quarantined: int

    @property
    def is_fresh(self) -> bool:
        """Return whether its data is as new as it should be."""
        return self.age is not None and self.age <= FRESH_WITHIN


def clock(publication: Publication | None) -> datetime:
    """Return the moment by which freshness is judged, in UTC.

    In demo mode it is the simulated company's: the newest day that a run or a publication knows.
    """
    if mode(publication) != DEMO:
        return settings().now()
    days = [publication.as_of] if publication else []
    # the figures need no control store: only the page Data health has to tell that it is broken
    with suppress(sa.exc.SQLAlchemyError):
        days += [run["as_of"] for run in control.recent_runs() if run["mode"] == DEMO]
    fixed = settings().fixed_today
    days += [fixed] if fixed else []
    return _midnight(max(days)) if days else settings().now()


def mode(publication: Publication | None) -> str:
    """Return ``demo`` or ``real``: of what is published, else of the newest run."""
    if publication:
        return publication.mode
    runs = control.recent_runs(limit=1)
    return runs[0]["mode"] if runs else "real"


def age(publication: Publication) -> timedelta:
    """Return how old the published data is."""
    begin = (
        _midnight(publication.as_of) if publication.mode == DEMO else _utc(publication.published_at)
    )
    return clock(publication) - begin


def is_stale(publication: Publication) -> bool:
    """Return whether the published data is older than it should be."""
    return age(publication) > FRESH_WITHIN


def sources(publication: Publication | None) -> list[Source]:
    """Return every source that was ever loaded."""
    now = clock(publication)
    last, ledger = control.last_loaded(), control.latest_ledger()
    days = _demo_days() if mode(publication) == DEMO else {}
    waiting = control.quarantine_counts()
    return [
        Source(
            source=source,
            last_loaded_at=last.get(source),
            age=_age(now, last.get(source), days.get(source)),
            failed_streams=tuple(
                row["stream"]
                for row in ledger
                if row["source"] == source and row["status"] in FAILED
            ),
            unaccounted=sum(
                abs(unaccounted(row))
                for row in ledger
                if row["source"] == source and row["status"] in ENDED
            ),
            quarantined=sum(row["record_count"] for row in waiting if row["source"] == source),
        )
        for source in sorted({row["source"] for row in ledger})
    ]


def unaccounted(row: dict[str, Any]) -> int:
    """Return how many records of a ledger row were seen but neither kept nor put aside."""
    kept = row["loaded"] + row["deduped"] + row["quarantined"] + row["suppressed"]
    return int(row["seen"] - kept)


def unmapped_touchpoints(publication: Publication) -> list[dict[str, Any]]:
    """Return what happened but means nothing yet: no line of the seed gives it a step."""
    return warehouse.rows(
        publication.path,
        """
        select source, touchpoint, touchpoint_count, last_seen_at
        from marts.dim_touchpoints
        where not is_mapped
        order by touchpoint_count desc, source, touchpoint
        limit $limit
        """,
        {"limit": UNMAPPED_AT_MOST},
    )


def _age(now: datetime, loaded: datetime | None, day: date | None) -> timedelta | None:
    if day:
        return max(now - _midnight(day), timedelta(0))
    return now - _utc(loaded) if loaded else None


def _demo_days() -> dict[str, date]:
    rows, runs = control.load_ledger, control.runs
    statement = (
        sa.select(rows.c.source, sa.func.max(runs.c.as_of).label("as_of"))
        .join(runs, rows.c.run_id == runs.c.run_id)
        .where(rows.c.status.in_(ENDED))
        .group_by(rows.c.source)
    )
    return {row["source"]: row["as_of"] for row in control.rows(statement)}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
