"""Who was whom outlives the warehouse, and only what was published was ever known."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import duckdb
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading.run import prepare_warehouse
from ingestion.settings import settings
from orchestration import publish, records
from orchestration.figure_history import persons

JANUARY, MARCH = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
WAS = ("i1", "c_former", "c_1", JANUARY, None)


def build(*rows: tuple[Any, ...], passed: bool = True) -> None:
    """Write the mart as a build does; each row is an interval."""
    settings().warehouse.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        connection.execute("set timezone = 'UTC'")
        for schema in ("marts", "metrics", "seeds"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            "create or replace table marts.bridge_customer_alias_history (interval_id varchar,"
            " alias_id varchar, customer_id varchar, known_from timestamptz,"
            " known_until timestamptz)"
        )
        for row in rows:
            connection.execute(
                "insert into marts.bridge_customer_alias_history values (?, ?, ?, ?, ?)", row
            )
    before = records.build_started()
    records.build_ended(passed=passed, is_complete=True, before=before)


def kept() -> list[tuple[Any, ...]]:
    """Return the intervals of the control store."""
    found = store.rows(sa.select(tables.known_persons).order_by("interval_id"))
    return [
        tuple(
            value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
            for value in row.values()
        )
        for row in found
    ]


def handed_over() -> list[tuple[Any, ...]]:
    """Return what the next build reads."""
    prepare_warehouse()
    persons.hand_over()
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(
            """
            select
                interval_id, alias_id, customer_id,
                strftime(known_from, '%Y-%m-%d'), strftime(known_until, '%Y-%m-%d')
            from kette.known_persons
            order by interval_id
            """
        ).fetchall()


def test_what_is_published_is_kept_as_an_interval() -> None:
    build(WAS)
    publish.publish()
    assert kept() == [WAS]
    # published again: nothing is new
    publish.publish()
    assert kept() == [WAS]


def test_an_interval_ends_when_a_publication_says_otherwise() -> None:
    build(WAS)
    publish.publish()
    build((*WAS[:4], MARCH), ("i2", "c_former", "c_2", MARCH, None))
    publish.publish()
    assert kept() == [(*WAS[:4], MARCH), ("i2", "c_former", "c_2", MARCH, None)]


def test_a_new_warehouse_knows_who_was_whom() -> None:
    build((*WAS[:4], MARCH), ("i2", "c_former", "c_2", MARCH, None))
    publish.publish()
    settings().warehouse.unlink()
    assert handed_over() == [
        ("i1", "c_former", "c_1", "2026-01-01", "2026-03-01"),
        ("i2", "c_former", "c_2", "2026-03-01", None),
    ]


def test_a_build_that_is_not_published_leaves_nothing() -> None:
    build(WAS)
    publish.publish()
    build((*WAS[:4], MARCH), ("i2", "c_former", "c_2", MARCH, None))
    assert kept() == [WAS]
    assert handed_over() == [("i1", "c_former", "c_1", "2026-01-01", None)]
