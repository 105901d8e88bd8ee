"""The tables of the control store: what `ingestion/control/store.py` reads and writes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ingestion.hiding import hide

metadata = sa.MetaData()


class Told(sa.types.TypeDecorator[str]):
    """Words that may come from outside, of an error or a vendor: no secret is kept in them."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        """Hide secrets on the way into the store."""
        return value if value is None else hide(value)


# the two identifiers of a row, the lesser one left
PAIR = tuple(
    f"{side}_{part}" for side in ("left", "right") for part in ("type", "namespace", "value")
)


def _two_identifiers(*, primary_key: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False, primary_key=primary_key) for name in PAIR]


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
    sa.Column("error", Told),
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
    sa.Column("note", Told),
    # read beside the stream's memory: days asked for by hand, or records out of quarantine
    sa.Column("is_aside", sa.Boolean),
    sa.Index("load_ledger_by_stream", "source", "stream", "started_at"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("stream", sa.String, nullable=False),
    sa.Column("load_id", sa.String, nullable=False),
    sa.Column("reason", Told, nullable=False),
    sa.Column("record_key", Told),
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
    sa.Column("event", Told),
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
    sa.Column("message", Told),
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

# who was whom as published: each former id and the person it meant, from when until when
known_persons = sa.Table(
    "known_persons",
    metadata,
    sa.Column("interval_id", sa.String, primary_key=True),
    sa.Column("alias_id", sa.String, nullable=False),
    sa.Column("customer_id", sa.String, nullable=False),
    sa.Column("known_from", sa.DateTime, nullable=False),
    sa.Column("known_until", sa.DateTime),
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
    *_two_identifiers(),
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
    sa.Column("property", Told, primary_key=True),
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
    sa.Column("property", Told, nullable=False),
    sa.Column("change", sa.String, nullable=False),  # new, kind, vanished or refused
    sa.Column("detail", Told, nullable=False),
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

# what may be one, from the latest look on; what a later look no longer says is withdrawn
identity_proposals = sa.Table(
    "identity_proposals",
    metadata,
    sa.Column("entity", sa.String, nullable=False),
    *_two_identifiers(primary_key=True),
    sa.Column("probability", sa.Float, nullable=False),
    # how each field compares: same, similar, different or unknown
    sa.Column("agreement", sa.JSON, nullable=False),
    sa.Column("proposed_at", sa.DateTime, nullable=False),
    sa.Column("withdrawn_at", sa.DateTime),
)
