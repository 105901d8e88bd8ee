"""A load that brings the same rows again is told from one that brought something new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import warehouse
from ingestion.registry import REGISTRY
from orchestration import content
from tests.chain.raw import insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

LOADS = {load.source: load for load in REGISTRY}
DAYS = {"2026-03-01": ["a", "b"], "2026-03-02": ["c"]}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse with empty raw tables."""
    with warehouse.connect() as opened:
        warehouse.prepare(opened, REGISTRY)
        yield opened


def load(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    days: dict[str, list[str]],
    plan: str = "free",
) -> str:
    """Replace these days of Mixpanel's events in a load of its own; return the mark after it."""
    for day, keys in days.items():
        connection.execute("delete from raw_mixpanel.export_events where export_date = ?", [day])
        for key in keys:
            event: dict[str, Any] = {
                "event_key": key,
                "export_date": day,
                "properties": {"plan": plan},
                "_dlt_load_id": str(number),
                "_dlt_id": f"{number}-{key}",
            }
            insert(connection, "raw_mixpanel.export_events", event)
    with store.begin() as control:
        control.execute(
            sa.insert(tables.load_ledger).values(
                load_id=str(number), run_id="r", source="mixpanel", stream="export_events",
                started_at=store.now(), finished_at=store.now(), seen=3, loaded=3, deduped=0,
                quarantined=0, suppressed=0, cleaned=0, requests=1, bytes=1, is_complete=True,
                status="loaded",
            )
        )  # fmt: skip
    content.note(connection, LOADS["mixpanel"])
    return content.now()["mixpanel export_events"]


def test_days_that_are_read_again_unchanged_are_nothing_new(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    first = load(connection, 1, DAYS)
    assert load(connection, 2, {"2026-03-02": ["c"]}) == first
    assert load(connection, 3, DAYS) == first


@pytest.mark.parametrize(
    ("days", "plan"),
    [
        ({"2026-03-02": ["c", "d"]}, "free"),
        ({"2026-03-02": ["c"]}, "paid"),
        ({"2026-03-03": ["e"]}, "free"),
        ({"2026-03-02": ["d"]}, "free"),
        ({"2026-03-01": [], "2026-03-02": ["c"]}, "free"),
    ],
    ids=["one more event", "another property", "another day", "another event", "a day is gone"],
)
def test_days_that_changed_are_new(
    days: dict[str, list[str]], plan: str, connection: duckdb.DuckDBPyConnection
) -> None:
    first = load(connection, 1, DAYS)
    assert load(connection, 2, days, plan) != first


def test_what_changed_and_changed_back_is_as_before(connection: duckdb.DuckDBPyConnection) -> None:
    first = load(connection, 1, DAYS)
    load(connection, 2, {"2026-03-02": ["c", "d"]})
    assert load(connection, 3, {"2026-03-02": ["c"]}) == first
