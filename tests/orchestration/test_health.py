"""What `kette doctor` concludes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ingestion import control
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import health, records

LOAD = replace(REGISTRY[0], fresh_within=timedelta(hours=26))


def ledger_row(**changed: Any) -> dict[str, Any]:
    row = {
        "load_id": "1",
        "source": LOAD.source,
        "stream": "events",
        "started_at": datetime.fromisoformat("2026-05-01T04:00"),
        "finished_at": datetime.fromisoformat("2026-05-01T05:00"),
        "seen": 10,
        "loaded": 6,
        "deduped": 2,
        "quarantined": 1,
        "suppressed": 1,
        "status": "loaded",
        "is_complete": True,
    }
    return {**row, **changed}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "-"),
        ([ledger_row()], "balanced"),
        ([ledger_row(), ledger_row(seen=12)], "2 unaccounted for"),
        ([ledger_row(seen=12, status="failed")], "failed: events"),
        ([ledger_row(seen=12, status="running")], "balanced"),
    ],
    ids=["nothing loaded", "all accounted for", "two lost", "failed", "still running"],
)
def test_the_ledger_is_judged_by_its_newest_rows(rows: list[dict[str, Any]], expected: str) -> None:
    assert health.balance(rows) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (None, "never loaded"),
        (timedelta(hours=26), "fresh"),
        (timedelta(hours=26, seconds=1), "stale: 26 h old"),
        (timedelta(days=3), "stale: 72 h old"),
    ],
)
def test_a_source_is_stale_beyond_its_own_limit(age: timedelta | None, expected: str) -> None:
    assert health.freshness(age, LOAD) == expected


def test_demo_data_ages_by_the_clock_of_the_simulated_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KETTE_DEMO", "1")
    monkeypatch.setenv("KETTE_TODAY", "2026-05-01")
    records.begin("run-1", "run", "demo")
    with control.begin() as connection:
        connection.execute(sa.insert(control.load_ledger).values(ledger_row(run_id="run-1")))
    monkeypatch.setenv("KETTE_TODAY", "2026-05-04")
    assert settings().today() == date(2026, 5, 4)
    assert health.age(LOAD.source, datetime.fromisoformat("2026-05-01T05:00")) == timedelta(days=3)


def test_real_data_ages_by_the_real_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.mode, "current", lambda: "real")
    an_hour_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
    age = health.age(LOAD.source, an_hour_ago)
    assert age is not None
    assert timedelta(hours=1) <= age < timedelta(hours=1, minutes=1)


def test_a_failed_run_is_an_ill_finding_with_its_cause() -> None:
    records.begin("run-1", "run", "demo")
    records.finish("run-1", "hubspot: the token is refused. Make a new one")
    last_run = {finding.subject: finding for finding in health.findings()}["last run"]
    assert not last_run.is_well
    assert "the token is refused" in last_run.text


def test_a_warehouse_that_is_no_database_is_an_ill_finding() -> None:
    settings().home.mkdir(parents=True)
    settings().warehouse.write_bytes(b"no database" * 1000)
    warehouse = {finding.subject: finding for finding in health.findings()}["warehouse"]
    assert not warehouse.is_well


def test_a_changed_schema_is_a_finding_and_a_new_property_is_well() -> None:
    def change(kind: str, name: str) -> None:
        with control.begin() as connection:
            connection.execute(
                sa.insert(control.schema_changes).values(
                    source=LOAD.source,
                    stream="events",
                    property=name,
                    change=kind,
                    detail="of some kind",
                    load_id="1",
                    noticed_at=control.now(),
                )
            )

    def schemas() -> health.Finding:
        return next(found for found in health.findings() if found.subject == "schemas")

    assert schemas().is_well
    change("new", "payload.mood")
    assert schemas().is_well
    change("vanished", "payload.email")
    assert not schemas().is_well
    assert schemas().text.startswith(f"2 changes, first {LOAD.source} events payload.email")


def test_the_reason_of_the_last_failure_is_told_until_a_load_succeeds() -> None:
    def add(**changed: Any) -> None:
        with control.begin() as connection:
            connection.execute(sa.insert(control.load_ledger).values(**ledger_row(**changed)))

    add(status="failed", note="the credentials are refused")
    assert health.failures() == [f"{LOAD.source} events failed: the credentials are refused"]
    add(load_id="2")
    assert health.failures() == []
