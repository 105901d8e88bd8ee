"""How old data is and may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import freshness

LIMITS = {"hubspot": timedelta(hours=6)}


def record(source: str, run_id: str, finished_at: datetime, as_of: date, status: str) -> None:
    """Record a load that its run began at midnight."""
    with store.begin() as connection:
        if not connection.execute(sa.select(tables.runs).filter_by(run_id=run_id)).first():
            connection.execute(
                sa.insert(tables.runs).values(
                    run_id=run_id,
                    kind="run",
                    mode="demo",
                    as_of=as_of,
                    started_at=finished_at,
                    status="succeeded",
                )
            )
        connection.execute(
            sa.insert(tables.load_ledger).values(
                load_id="1",
                run_id=run_id,
                source=source,
                stream="rows",
                started_at=finished_at,
                finished_at=finished_at,
                status=status,
            )
        )


def test_demo_data_ages_by_the_clock_of_the_simulated_company(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = datetime(2026, 5, 1, 5)  # noqa: DTZ001 - the control store keeps UTC without saying so
    record("hubspot", "run-1", loaded, date(2026, 5, 1), "loaded")
    record("hubspot", "run-2", loaded, date(2026, 5, 3), "failed")

    def age() -> timedelta | None:
        return freshness.of_sources(LIMITS, is_demo=True)["hubspot"].age

    # the newest day that a run knows, then the publication's, then the environment's
    assert age() == timedelta(days=2)
    published = date(2026, 5, 5)
    judged = freshness.of_sources(LIMITS, is_demo=True, published=published)["hubspot"]
    assert judged.age == timedelta(days=4)
    assert judged.state == "stale"
    monkeypatch.setenv("KETTE_TODAY", "2026-05-09")
    assert age() == timedelta(days=8)


@pytest.mark.parametrize("status", ["loaded", "held"])
def test_real_data_ages_by_the_real_clock_whatever_day_counts_as_today(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setenv("KETTE_TODAY", "2020-01-01")
    an_hour_ago = store.now() - timedelta(hours=1)
    record("hubspot", "run-1", an_hour_ago, date(2020, 1, 1), status)
    judged = freshness.of_sources(LIMITS, is_demo=False)["hubspot"]
    assert judged.state == "fresh"
    assert judged.age is not None
    assert timedelta(hours=1) <= judged.age < timedelta(hours=1, minutes=1)
    assert abs(freshness.clock(is_demo=False) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "limit", "expected"),
    [
        (timedelta(hours=6), timedelta(hours=6), "fresh"),
        (timedelta(hours=6, seconds=1), timedelta(hours=6), "stale"),
        (None, timedelta(hours=6), "never"),
        (timedelta(hours=1), None, "off"),
    ],
)
def test_a_source_is_judged_by_its_own_limit(
    age: timedelta | None, limit: timedelta | None, expected: str
) -> None:
    assert freshness.Freshness("hubspot", None, age, limit).state == expected


def test_before_any_run_nothing_is_noted() -> None:
    assert freshness.noted() == {}
    assert freshness.of_sources(freshness.noted(), is_demo=True) == {}
