"""Publishing: whole versions or none, and nothing that dashboards must not see."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlalchemy as sa

from ingestion.control import store
from ingestion.control.tables import load_ledger
from ingestion.errors import KetteError
from ingestion.loading import warehouse
from ingestion.loading.ledger import Package
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import publish, published_file, records, tables, withheld

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 20_000


def write_warehouse(generation: int) -> None:
    """Write marts and metrics whose every row carries the same generation."""
    settings().warehouse.parent.mkdir(parents=True, exist_ok=True)
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        for schema in ("raw_mixpanel", "staging", "marts", "metrics", "seeds"):
            connection.execute(f"create schema if not exists {schema}")
        for table in (
            "raw_mixpanel.export_events",
            "staging.stg_mixpanel__events",
            "marts.dim_customers",
            "marts.fct_touchpoints",
            "metrics.mtr_revenue_monthly",
            "seeds.metrics",
            "seeds.blocked_identifiers",
        ):
            connection.execute(
                f"create or replace table {table} as "
                f"select {generation} as generation, range as id from range({ROWS})"
            )


def build_passes() -> None:
    before = records.build_started()
    records.build_ended(passed=True, is_complete=True, before=before)


def read(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        return connection.execute(query).fetchall()


def test_a_reader_sees_whole_versions_while_new_ones_are_published() -> None:
    write_warehouse(0)
    build_passes()
    publish.publish()
    stop, seen, mixed = threading.Event(), set(), []

    def poll() -> None:
        while not stop.is_set():
            found = read(
                settings().serving.joinpath(published_file.CURRENT).resolve(),
                """
                select min(generation), max(generation), count(*)
                from (
                    from marts.dim_customers
                    union all from marts.fct_touchpoints
                    union all from metrics.mtr_revenue_monthly
                )
                """,
            )
            lowest, highest, count = found[0]
            seen.add(lowest)
            if lowest != highest or count != 3 * ROWS:
                mixed.append(found)

    reader = threading.Thread(target=poll)
    reader.start()
    for generation in range(1, 9):
        write_warehouse(generation)
        publish.publish()
    stop.set()
    reader.join()
    assert mixed == []
    assert len(seen) > 1, "the reader did not see versions change"


def test_the_last_two_versions_are_kept_and_the_newest_is_current() -> None:
    write_warehouse(1)
    build_passes()
    published = [publish.publish().path for _ in range(4)]
    kept = sorted(settings().serving.glob("warehouse-*.duckdb"))
    assert kept == published[-2:]
    assert published_file.current() == published[-1]
    assert not list(settings().serving.glob("*.partial*"))


def test_only_marts_metrics_and_the_catalogue_are_published() -> None:
    write_warehouse(1)
    build_passes()
    published = read(
        publish.publish().path,
        "select table_schema || '.' || table_name from information_schema.tables",
    )
    assert {name for (name,) in published} == {
        "marts.dim_customers",
        "marts.fct_touchpoints",
        "metrics.mtr_revenue_monthly",
        "catalogue.metrics",
        "catalogue.about",
        "catalogue.tables",
        "history.publications",
        "history.known_figures",
        "history.row_changes",
        "history.definition_changes",
        "history.figures_as_known",
        "history.closed_figures",
    }


def test_the_copy_says_as_of_when_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTE_TODAY", "2026-05-31")
    monkeypatch.setenv("KETTE_DEMO", "1")
    write_warehouse(1)
    build_passes()
    published = publish.publish("run-1")
    about = read(published.path, "select as_of, mode, business_time_zone from catalogue.about")
    assert about == [(date(2026, 5, 31), "demo", "Europe/Berlin")]
    latest = store.latest_publication()
    assert latest is not None
    assert (latest["run_id"], latest["as_of"], latest["row_count"]) == (
        "run-1",
        date(2026, 5, 31),
        4 * ROWS,
    )


@pytest.mark.parametrize(
    ("passed", "is_complete"), [(False, True), (True, False)], ids=["failed", "only a part"]
)
def test_nothing_is_published_without_a_whole_build_that_passed(
    passed: bool, is_complete: bool
) -> None:
    write_warehouse(1)
    before = records.build_started()
    records.build_ended(passed=passed, is_complete=is_complete, before=before)
    with pytest.raises(KetteError, match="nothing is published"):
        publish.publish()
    assert published_file.current() is None


def test_a_failed_build_leaves_the_last_version_in_place() -> None:
    write_warehouse(1)
    build_passes()
    first = publish.publish()
    write_warehouse(2)
    before = records.build_started()
    records.build_ended(passed=False, is_complete=True, before=before)
    with pytest.raises(KetteError, match="nothing of the last build may be published"):
        publish.publish()
    assert published_file.current() == first.path
    assert read(first.path, "select distinct generation from marts.dim_customers") == [(1,)]


def test_what_an_interrupted_publish_left_is_removed() -> None:
    write_warehouse(1)
    build_passes()
    settings().serving.mkdir(parents=True)
    leftover = settings().serving / "warehouse-20200101T000000000000Z.partial"
    leftover.write_bytes(b"half a file")
    publish.publish()
    assert not leftover.exists()


def account_for(**counts: int | str) -> None:
    """Write a stream's newest ledger row; the warehouse holds the load "1"."""
    (load,) = (load for load in REGISTRY if load.source == "hubspot")
    (deals,) = (stream for stream in load.streams if stream.name == "deals")
    with warehouse.connect() as connection:
        warehouse.prepare(connection, [load])
        warehouse.settle(connection, load, deals, Package("deals", "1", 0))
    with store.begin() as connection:
        connection.execute(
            sa.insert(load_ledger).values(
                source="hubspot",
                stream="deals",
                started_at=store.now(),
                **{"load_id": "1", "seen": 10, "loaded": 10, "status": "loaded", **counts},
            )
        )


def test_a_warehouse_older_than_its_ledger_is_not_published() -> None:
    write_warehouse(1)
    build_passes()
    account_for()
    first = publish.publish()
    account_for(load_id="2")
    with pytest.raises(KetteError, match="lacks loads of hubspot that the ledger has"):
        publish.publish()
    assert published_file.current() == first.path


def of_tables(**causes: withheld.Cause | None) -> None:
    """Let the last build say of tables why they are not fresh; None where they are."""
    schemas = {"dim": "marts", "fct": "marts", "mtr": "metrics", "met": "catalogue"}
    withheld.remember(
        withheld.Table(schemas[name[:3]], name, cause, pages=("overview",))
        for name, cause in causes.items()
    )


REFUSED = withheld.Cause("load", "hubspot deals", "")


def said(path: Path) -> list[tuple[Any, ...]]:
    return read(
        path,
        "select table_name, status, as_of, cause, cause_subject from catalogue.tables order by all",
    )


def generations(path: Path) -> dict[str, int]:
    """Return which build the rows of each table come from."""
    return {
        name: read(path, f"select distinct generation from {schema}.{name}")[0][0]
        for schema, name in read(
            path, "select table_schema, table_name from catalogue.tables where status != 'missing'"
        )
    }


def test_what_must_not_be_published_anew_stays_as_it_was_and_says_since_when(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = [date(2026, 5, number) for number in (29, 30, 31)]
    fresh = {"dim_customers": None, "metrics": None, "mtr_revenue_monthly": None}
    paths = []
    for generation, (day, cause) in enumerate(
        [(days[0], None), (days[1], REFUSED), (days[2], REFUSED)]
    ):
        monkeypatch.setenv("KETTE_TODAY", day.isoformat())
        write_warehouse(generation)
        build_passes()
        of_tables(**fresh, fct_touchpoints=cause)
        paths.append(publish.publish().path)

    # carried over twice, it still stands for the first day
    assert said(paths[2]) == [
        ("dim_customers", "fresh", days[2], None, None),
        ("fct_touchpoints", "carried_over", days[0], "load", "hubspot deals"),
        ("metrics", "fresh", days[2], None, None),
        ("mtr_revenue_monthly", "fresh", days[2], None, None),
    ]
    assert generations(paths[2]) == {
        "dim_customers": 2,
        "fct_touchpoints": 0,
        "metrics": 2,
        "mtr_revenue_monthly": 2,
    }


def test_what_was_never_published_is_left_out_until_nothing_blocks_it() -> None:
    write_warehouse(1)
    build_passes()
    of_tables(dim_customers=None, fct_touchpoints=REFUSED)
    first = publish.publish()
    assert said(first.path)[1] == ("fct_touchpoints", "missing", None, "load", "hubspot deals")
    assert generations(first.path) == {"dim_customers": 1}
    assert (first.table_count, first.row_count, first.carried_over) == (1, ROWS, 0)

    of_tables(dim_customers=None, fct_touchpoints=None)
    assert generations(publish.publish().path) == {"dim_customers": 1, "fct_touchpoints": 1}


def test_a_damaged_publication_before_keeps_nothing_from_being_published() -> None:
    write_warehouse(1)
    build_passes()
    of_tables(dim_customers=None, fct_touchpoints=None)
    publish.publish()
    of_tables(dim_customers=None, fct_touchpoints=REFUSED)
    path = published_file.current()
    assert path is not None
    path.write_bytes(b"no database")
    with closing(duckdb.connect()) as connection:
        assert tables.Earlier(connection, path).days == {}


def test_a_table_that_no_model_makes_any_more_is_not_published() -> None:
    write_warehouse(1)
    build_passes()
    of_tables(dim_customers=None)
    assert generations(publish.publish().path) == {"dim_customers": 1}
