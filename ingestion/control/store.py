"""The control store: what Kette knows about its own runs, kept outside the warehouse.

It holds the ledger, the quarantine, the webhook inbox, check results and publications. Because it is
a separate database, Kette can notice a damaged warehouse and rebuild it. It is SQLite by default and
Postgres through ``KETTE_CONTROL_URL``. All times are in UTC, without a zone. This module does not
import dlt, so every other part may use it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.control import outcomes
from ingestion.control.engine import open_store
from ingestion.control.tables import (
    PAIR,
    check_results,
    facts,
    identity_decisions,
    identity_proposals,
    load_ledger,
    publications,
    quarantine,
    runs,
)
from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager


# kinds of runs that build models: `kette run`, and the job of Dagster's sensor
BUILDING = ("run", "build_and_publish")


def now() -> datetime:
    """Return the real present moment in UTC without a zone, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


_LOOKING: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def looking() -> Iterator[None]:
    """Only look at the store during the block: nothing of it is made, changed or brought up to date."""
    token = _LOOKING.set(True)
    try:
        yield
    finally:
        _LOOKING.reset(token)


def engine() -> sa.Engine:
    """Return the engine of the configured store; its tables exist."""
    return open_store(settings().control_url, only_look=_LOOKING.get())


def begin() -> AbstractContextManager[sa.Connection]:
    """Open a transaction that commits at the end of the block."""
    return engine().begin()


def rows(statement: sa.Executable) -> list[dict[str, Any]]:
    """Run a select and return its rows as dictionaries."""
    with engine().connect() as connection:
        return [dict(row) for row in connection.execute(statement).mappings()]


def upsert(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or update the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    where = sa.and_(*(table.c[key] == values[key] for key in keys))
    changed = {name: value for name, value in values.items() if name not in keys}
    if not connection.execute(sa.update(table).where(where).values(**changed)).rowcount:
        connection.execute(sa.insert(table).values(**values))


def latest_ledger() -> list[dict[str, Any]]:
    """Return the newest ledger row of each source and stream."""
    newest = (
        sa.select(sa.func.max(load_ledger.c.id).label("id"))
        .group_by(load_ledger.c.source, load_ledger.c.stream)
        .subquery()
    )
    statement = (
        sa.select(load_ledger)
        .join(newest, load_ledger.c.id == newest.c.id)
        .order_by(load_ledger.c.source, load_ledger.c.stream)
    )
    return rows(statement)


def ledger_history(limit: int = 200) -> list[dict[str, Any]]:
    """Return the newest ledger rows, newest first."""
    return rows(sa.select(load_ledger).order_by(load_ledger.c.id.desc()).limit(limit))


def last_loaded() -> dict[str, datetime]:
    """Return when each source was last loaded without a failed stream (UTC, no zone)."""
    newest = sa.func.max(load_ledger.c.finished_at)
    statement = sa.select(load_ledger.c.source, newest).group_by(load_ledger.c.source)
    is_good = load_ledger.c.status.in_(outcomes.GOOD)
    with engine().connect() as connection:
        return dict(connection.execute(statement.where(is_good)).tuples().all())


def seconds_of_loads() -> dict[str, float]:
    """Return how long the newest load of each source took, of those that came to their end."""
    of = load_ledger.c
    began, ended = sa.func.min(of.started_at), sa.func.max(of.finished_at)
    statement = (
        sa.select(of.source, began.label("began"), ended.label("ended"))
        .where(of.finished_at.is_not(None))
        .group_by(of.source, of.run_id)
        .order_by(began)
    )
    # of several loads of a source the last one stays
    return {row["source"]: (row["ended"] - row["began"]).total_seconds() for row in rows(statement)}


def recent_runs(limit: int = 20) -> list[dict[str, Any]]:
    """Return the newest runs, newest first."""
    return rows(sa.select(runs).order_by(runs.c.started_at.desc()).limit(limit))


def last_build() -> dict[str, Any] | None:
    """Return the newest run that builds models, or None."""
    statement = sa.select(runs).where(runs.c.kind.in_(BUILDING)).order_by(runs.c.started_at.desc())
    return next(iter(rows(statement.limit(1))), None)


def checks(run_id: str) -> list[dict[str, Any]]:
    """Return the check results of one run, failures first."""
    failing = sa.case((check_results.c.status == "pass", 1), else_=0)
    statement = (
        sa.select(check_results)
        .where(check_results.c.run_id == run_id)
        .order_by(failing, check_results.c.check_name)
    )
    return rows(statement)


def latest_publication() -> dict[str, Any] | None:
    """Return the newest publication, or None where nothing was published yet."""
    found = rows(sa.select(publications).order_by(publications.c.published_at.desc()).limit(1))
    return found[0] if found else None


def quarantine_counts() -> list[dict[str, Any]]:
    """Return the number of quarantined records for each source, stream and reason."""
    statement = (
        sa.select(
            quarantine.c.source,
            quarantine.c.stream,
            quarantine.c.reason,
            sa.func.count().label("record_count"),
            sa.func.min(quarantine.c.id).label("first_id"),
            sa.func.max(quarantine.c.last_seen_at).label("last_seen_at"),
        )
        .group_by(quarantine.c.source, quarantine.c.stream, quarantine.c.reason)
        .order_by(quarantine.c.source, quarantine.c.stream, quarantine.c.reason)
    )
    return rows(statement)


def quarantined_since(source: str, moment: datetime) -> list[dict[str, Any]]:
    """Return why records of a source were quarantined since a moment, the commonest reason first."""
    many = sa.func.count().label("record_count")
    statement = (
        sa.select(quarantine.c.stream, quarantine.c.reason, many)
        .where(quarantine.c.source == source, quarantine.c.last_seen_at >= moment)
        .group_by(quarantine.c.stream, quarantine.c.reason)
        .order_by(many.desc(), quarantine.c.stream, quarantine.c.reason)
    )
    return rows(statement)


def fact(key: str) -> str | None:
    """Return a remembered value, or None."""
    with engine().connect() as connection:
        return connection.execute(
            sa.select(facts.c.value).where(facts.c.key == key)
        ).scalar_one_or_none()


def remember(key: str, value: str) -> None:
    """Remember a value under a key."""
    with begin() as connection:
        upsert(connection, facts, {"key": key, "value": value})


def effective_decisions() -> list[dict[str, Any]]:
    """Return what was decided by hand and counts: the latest about each pair, unless it revokes."""
    latest: dict[tuple[str, ...], dict[str, Any]] = {}
    newest_first = (identity_decisions.c.decided_at.desc(), identity_decisions.c.id.desc())
    for row in rows(sa.select(identity_decisions).order_by(*newest_first)):
        latest.setdefault(_pair(row), row)
    return [row for row in latest.values() if row["action"] != "revoke"]


def open_proposals() -> list[dict[str, Any]]:
    """Return the proposals that nobody has decided on, the likeliest first."""
    decided = {_pair(row) for row in effective_decisions()}
    found = rows(
        sa.select(identity_proposals)
        .where(identity_proposals.c.withdrawn_at.is_(None))
        .order_by(identity_proposals.c.probability.desc())
    )
    return [row for row in found if _pair(row) not in decided]


def reviewed_proposals() -> tuple[int, int]:
    """Return how many of all pairs ever proposed were then joined, and how many were not."""
    proposed = {_pair(row): row["proposed_at"] for row in rows(sa.select(identity_proposals))}
    actions = [
        row["action"]
        for row in effective_decisions()
        if _pair(row) in proposed and row["decided_at"] >= proposed[_pair(row)]
    ]
    joined = actions.count("join")
    return joined, len(actions) - joined


def _pair(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in PAIR)


def batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
