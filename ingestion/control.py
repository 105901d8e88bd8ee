"""The control store: what Kette knows about its own runs, outside the warehouse.

Ledger, quarantine, webhook inbox, check results, publications. It lives beside the warehouse so
that a damaged warehouse is noticed and can be rebuilt. SQLite by default, Postgres through
``KETTE_CONTROL_URL``. All times are UTC, stored without a zone; no dlt is imported here, so every
other room may use it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ingestion.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("mode", sa.String, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("finished_at", sa.DateTime),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("error", sa.Text),
)

load_ledger = sa.Table(
    "load_ledger",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("load_id", sa.String, nullable=False, index=True),
    sa.Column("run_id", sa.String),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("stream", sa.String, nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("finished_at", sa.DateTime),
    sa.Column("window_from", sa.String),
    sa.Column("window_to", sa.String),
    sa.Column("seen", sa.BigInteger, nullable=False, default=0),
    sa.Column("loaded", sa.BigInteger, nullable=False, default=0),
    sa.Column("deduped", sa.BigInteger, nullable=False, default=0),
    sa.Column("quarantined", sa.BigInteger, nullable=False, default=0),
    sa.Column("suppressed", sa.BigInteger, nullable=False, default=0),
    sa.Column("cleaned", sa.BigInteger, nullable=False, default=0),
    sa.Column("requests", sa.BigInteger, nullable=False, default=0),
    sa.Column("bytes", sa.BigInteger, nullable=False, default=0),
    sa.Column("is_complete", sa.Boolean, nullable=False, default=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("note", sa.Text),
    sa.Index("load_ledger_by_stream", "source", "stream", "started_at"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("stream", sa.String, nullable=False),
    sa.Column("load_id", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("record_key", sa.String),
    # "row": shaped for its table, refused by the gate; "raw": as the vendor sent it
    sa.Column("form", sa.String),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("payload", sa.LargeBinary),
    sa.Column("first_seen_at", sa.DateTime, nullable=False),
    sa.Column("last_seen_at", sa.DateTime, nullable=False),
    sa.Column("times_seen", sa.Integer, nullable=False, default=1),
    sa.UniqueConstraint("source", "stream", "fingerprint"),
)

webhook_inbox = sa.Table(
    "webhook_inbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("event_id", sa.String, nullable=False),
    sa.Column("body_hash", sa.String, nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
    sa.Column("event", sa.String),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("drained_at", sa.DateTime),
    sa.Column("load_id", sa.String),
    sa.UniqueConstraint("source", "event_id"),
    sa.UniqueConstraint("source", "body_hash"),
)

check_results = sa.Table(
    "check_results",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("run_id", sa.String, nullable=False, index=True),
    sa.Column("check_name", sa.String, nullable=False),
    sa.Column("model", sa.String),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("failures", sa.BigInteger),
    sa.Column("message", sa.Text),
    sa.Column("checked_at", sa.DateTime, nullable=False),
)

publications = sa.Table(
    "publications",
    metadata,
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("run_id", sa.String),
    sa.Column("published_at", sa.DateTime, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("mode", sa.String, nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("table_count", sa.Integer, nullable=False),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    # the version whose rows were compared with this one's; null where there was none to compare
    sa.Column("compared_with", sa.String),
)

# what each publication said, a row only where it differs
known_figures = sa.Table(
    "known_figures",
    metadata,
    sa.Column("metric", sa.String, primary_key=True),
    sa.Column("period_start", sa.Date, primary_key=True),
    sa.Column("journey_phase", sa.String, primary_key=True),
    sa.Column("known_from", sa.String, primary_key=True),
    sa.Column("known_until", sa.String),
    sa.Column("numerator", sa.Float),
    sa.Column("denominator", sa.Float),
    sa.Column("sum_of_squares", sa.Float),
    # null where the figure was published no more
    sa.Column("sample_size", sa.BigInteger),
)

row_changes = sa.Table(
    "row_changes",
    metadata,
    sa.Column("change_id", sa.String, primary_key=True),
    sa.Column("version", sa.String, nullable=False, index=True),
    sa.Column("model", sa.String, nullable=False),
    sa.Column("period_start", sa.Date, nullable=False),
    sa.Column("change", sa.String, nullable=False),
    sa.Column("columns", sa.String, nullable=False),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("measures", sa.JSON, nullable=False),
    # some of them, as [key, before, after]
    sa.Column("rows", sa.JSON, nullable=False),
)

definition_checksums = sa.Table(
    "definition_checksums",
    metadata,
    sa.Column("definition", sa.String, primary_key=True),
    sa.Column("checksum", sa.String, nullable=False),
)

definition_changes = sa.Table(
    "definition_changes",
    metadata,
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("source_model", sa.String, primary_key=True),
    sa.Column("definition", sa.String, primary_key=True),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("identifier_type", sa.String, primary_key=True),
    sa.Column("identifier_hash", sa.String, primary_key=True),
    sa.Column("suppressed_at", sa.DateTime, nullable=False),
    sa.Column("reason", sa.String),
)

identity_decisions = sa.Table(
    "identity_decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # join, cut, reject (a proposal) or revoke (what was decided before); rows are only added
    sa.Column("action", sa.String, nullable=False),
    *(
        sa.Column(f"{side}_{part}", sa.String, nullable=False)
        for side in ("left", "right")
        for part in ("type", "namespace", "value")
    ),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String, nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False),
)

held_windows = sa.Table(
    "held_windows",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("window", sa.String, primary_key=True),
    sa.Column("row_count", sa.BigInteger, nullable=False),
    sa.Column("held_at", sa.DateTime, nullable=False),
)

# the properties that a vendor's records carry: names and kinds, never values
vendor_properties = sa.Table(
    "vendor_properties",
    metadata,
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("stream", sa.String, primary_key=True),
    sa.Column("property", sa.String, primary_key=True),
    # the kinds it was met with, in the order they came, separated by commas
    sa.Column("kinds", sa.String, nullable=False),
    # records looked at since it was first met, those that had it, those since the last that had it
    sa.Column("looked_at", sa.BigInteger, nullable=False),
    sa.Column("present", sa.BigInteger, nullable=False),
    sa.Column("missing_since", sa.BigInteger, nullable=False),
    sa.Column("first_seen_at", sa.DateTime, nullable=False),
    sa.Column("last_seen_at", sa.DateTime, nullable=False),
)

schema_changes = sa.Table(
    "schema_changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("stream", sa.String, nullable=False),
    sa.Column("property", sa.String, nullable=False),
    sa.Column("change", sa.String, nullable=False),  # new, kind, vanished or refused
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("load_id", sa.String, nullable=False),
    sa.Column("noticed_at", sa.DateTime, nullable=False),
    sa.Column("settled_at", sa.DateTime),
    sa.Index("schema_changes_by_stream", "source", "stream", "property"),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)


def now() -> datetime:
    """Return the real present moment in UTC without a zone, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


@lru_cache(maxsize=8)
def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, future=True)
    if parsed.get_backend_name() == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _durable(connection: Any, _record: Any) -> None:
            # write-ahead log: readers never wait; full sync: what was acknowledged survives a crash
            cursor = connection.cursor()
            cursor.execute("pragma busy_timeout=30000")
            cursor.execute("pragma journal_mode=wal")
            cursor.execute("pragma synchronous=full")
            cursor.close()

    metadata.create_all(engine)
    _add_missing_columns(engine)
    return engine


def _add_missing_columns(engine: sa.Engine) -> None:
    """Give a store that an older version made the columns that came since; all may be null."""
    inspector = sa.inspect(engine)
    for table in metadata.sorted_tables:
        known = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                kind = column.type.compile(engine.dialect)
                with engine.begin() as connection:
                    connection.execute(
                        sa.text(f'alter table {table.name} add column "{column.name}" {kind}')
                    )


def engine() -> sa.Engine:
    """Return the engine of the configured store; its tables exist."""
    return _engine(settings().control_url)


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
    is_good = load_ledger.c.status.in_(("loaded", "held"))
    with engine().connect() as connection:
        return dict(connection.execute(statement.where(is_good)).tuples().all())


def recent_runs(limit: int = 20) -> list[dict[str, Any]]:
    """Return the newest runs, newest first."""
    return rows(sa.select(runs).order_by(runs.c.started_at.desc()).limit(limit))


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


def batches(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
