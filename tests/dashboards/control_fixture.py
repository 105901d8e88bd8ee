"""Writes what runs leave in the control store."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import freshness
from tests.dashboards.worked_example import AS_OF


def record_run(
    run_id: str = "run-1", *, as_of: date = AS_OF, error: str | None = None, mode: str = "demo"
) -> None:
    """Record a run that took two minutes and is over."""
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.runs).values(
                run_id=run_id,
                kind="run",
                mode=mode,
                as_of=as_of,
                started_at=store.now() - timedelta(minutes=2),
                finished_at=store.now(),
                status="failed" if error else "succeeded",
                error=error,
            )
        )


def record_load(source: str, stream: str, *, run_id: str = "run-1", **more: Any) -> None:
    """Record a load of ten records: six loaded, two repeated, one put aside, one suppressed."""
    row = {
        "load_id": "1",
        "run_id": run_id,
        "source": source,
        "stream": stream,
        "started_at": store.now(),
        "finished_at": store.now(),
        "seen": 10,
        "loaded": 6,
        "deduped": 2,
        "quarantined": 1,
        "suppressed": 1,
        "status": "loaded",
        **more,
    }
    with store.begin() as connection:
        connection.execute(sa.insert(tables.load_ledger).values(row))


def record_limits(**hours: float) -> None:
    """Record which sources are on, and how many hours old the data of each may be."""
    seconds = {source: 3600 * limit for source, limit in hours.items()}
    store.remember(freshness.NOTED, json.dumps(seconds))


def record_check(name: str, status: str, *, run_id: str = "run-1", **more: Any) -> None:
    """Record what a check found."""
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.check_results).values(
                run_id=run_id, check_name=name, status=status, checked_at=store.now(), **more
            )
        )


def record_publication(*, as_of: date = AS_OF) -> None:
    """Record that something was published."""
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.publications).values(
                version="0000",
                published_at=store.now(),
                as_of=as_of,
                mode="demo",
                path="warehouse-0000.duckdb",
                table_count=1,
                row_count=1,
            )
        )
