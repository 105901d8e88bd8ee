"""Loads one source by hand, outside Dagster, with the same locks and records."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ingestion import troubles
from ingestion.control import locks, outcomes, store, tables
from ingestion.errors import KetteError
from ingestion.loading.run import check_dates, require_on, run
from ingestion.registry import REGISTRY
from orchestration import logs, records, reporting
from orchestration.host import demo, mode, processes

if TYPE_CHECKING:
    from datetime import date

    from ingestion.toolkit.source import Load, StreamResult


def find(source: str) -> Load:
    """Return a registered source.

    Raises:
        KetteError: There is none of that name.
    """
    for load in REGISTRY:
        if load.source == source:
            return load
    names = ", ".join(load.source for load in REGISTRY)
    raise KetteError("unknown source", where=source, fix=f"Known sources: {names}")


def sources_with_messages() -> dict[str, int]:
    """Return how many undrained messages each source has in the webhook inbox."""
    inbox = tables.webhook_inbox
    found = store.rows(
        sa.select(inbox.c.source, sa.func.count().label("messages"))
        .where(inbox.c.drained_at.is_(None))
        .group_by(inbox.c.source)
    )
    return {row["source"]: row["messages"] for row in found}


def load_source(
    source: str, from_date: date | None, to_date: date | None, *, accept_loss: bool = False
) -> list[StreamResult]:
    """Load one source and record it as a run of its own.

    Raises:
        KetteError: The source is unknown, off or broken, or the load fails.
    """
    load = find(source)
    # before anything is started that it would leave waiting
    store.engine()
    locks.call_me(f"kette load {source}")
    which = mode.current()
    with processes.interruptible(), demo.serving() if which == outcomes.DEMO else nullcontext():
        check_dates(load, from_date, to_date)
        require_on(load)
        mode.claim_warehouse()
        run_id = str(uuid.uuid4())
        records.begin(run_id, f"load {source}", which)
        error: str | None = "The load was interrupted"
        try:
            with logs.quiet_output(run_id), troubles.told():
                results = run(load, from_date, to_date, reporting.say, accept_loss=accept_loss)
            error = None
        except KetteError as failure:
            error = str(failure)
            raise
        finally:
            records.finish(run_id, error)
    return results
