"""What `kette doctor` concludes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import freshness
from ingestion.loading.freshness import Freshness
from ingestion.registry import REGISTRY
from ingestion.settings import settings
from orchestration import publish, published_file, records, withheld
from orchestration.monitoring import health
from tests.orchestration.test_publish import REFUSED, build_passes, of_tables, write_warehouse

if TYPE_CHECKING:
    from pathlib import Path

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
    judged = Freshness(LOAD.source, None, age, LOAD.fresh_within)
    assert health.tell(judged) == expected


def test_of_a_source_that_is_off_no_new_data_is_expected() -> None:
    assert health.tell(Freshness(LOAD.source, None, timedelta(days=300), None)) == "-"


def test_doctor_and_pages_judge_by_the_same_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__CALENDLY__ACCESS_TOKEN", "token")
    records.begin("run-1", "run", "real")
    assert (
        freshness.noted()
        == freshness.limits()
        == {"calendly": {load.source: load for load in REGISTRY}["calendly"].fresh_within}
    )


def test_words_that_nobody_has_mapped_are_a_hint_with_the_line_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def words() -> health.Finding:
        return next(found for found in health.findings() if found.subject == "words")

    assert words() == health.Finding("words", is_well=True, text="each has a meaning")
    published = tmp_path / "published.duckdb"
    with closing(duckdb.connect(str(published))) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_unmapped_words as select 'woocommerce' as source, "
            "'order_status' as field, 'state ' || number as word, number as row_count, "
            "'placed' as counts_as, 'seeds/vendor_words.csv' as seed_file, "
            "'woocommerce,order_status,state ' || number || ',placed,' as seed_line "
            "from range(1, 8) as numbers(number)"
        )
    monkeypatch.setattr(published_file, "current", lambda: published)
    found = words()
    # nothing is ill: the exit code stays
    assert (found.is_well, found.is_hint) == (True, True)
    assert found.text.startswith("7 without a meaning\n")
    assert (
        "woocommerce order_status 'state 7' in 7 records counts as placed: "
        "seeds/vendor_words.csv lacks the line woocommerce,order_status,state 7,placed,"
    ) in found.text
    assert found.text.endswith("and 2 more, on the page Data health")


def test_values_that_could_not_be_read_are_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def values() -> health.Finding:
        return next(found for found in health.findings() if found.subject == "values")

    assert values() == health.Finding("values", is_well=True, text="each could be read")
    published = tmp_path / "published.duckdb"
    with closing(duckdb.connect(str(published))) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_unread_values as select 'mixpanel' as source, "
            "'events' as record, 'amount' as field, 1204 as value_count, '9.999,99 €' as example"
        )
    monkeypatch.setattr(published_file, "current", lambda: published)

    found = values()
    assert (found.is_well, found.is_hint) == (True, True)
    assert found.text == (
        "1,204 could not be read and count as not said\n"
        "    mixpanel events amount: 1,204 values that look like '9.999,99 €'"
    )


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
        with store.begin() as connection:
            connection.execute(
                sa.insert(tables.schema_changes).values(
                    source=LOAD.source,
                    stream="events",
                    property=name,
                    change=kind,
                    detail="of some kind",
                    load_id="1",
                    noticed_at=store.now(),
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
        with store.begin() as connection:
            connection.execute(sa.insert(tables.load_ledger).values(**ledger_row(**changed)))

    add(status="failed", note="the credentials are refused")
    assert health.failures() == [f"{LOAD.source} events failed: the credentials are refused"]
    add(load_id="2")
    assert health.failures() == []


def test_a_build_that_failed_is_told_also_after_loads_that_went_well() -> None:
    records.begin("run-1", "build_and_publish", "demo")
    records.finish("run-1", "dbt build: 1 of the checks and models failed: int_deals (boom)")
    records.begin("run-2", "hubspot_load", "demo")
    records.finish("run-2")
    found = {finding.subject: finding for finding in health.findings()}
    assert found["last run"].is_well
    assert not found["last build"].is_well
    assert "int_deals (boom)" in found["last build"].text


def test_where_nothing_was_published_it_is_said_what_kept_it() -> None:
    cause = withheld.Cause("model", "int_deals", "ZeroDivisionError: division by zero")
    withheld.remember([withheld.Table("marts", "dim_accounts", cause)])
    records.build_ended(passed=False, is_complete=True, before=records.build_started())
    published = {finding.subject: finding for finding in health.findings()}["published"]
    assert not published.is_well
    assert "int_deals could not be built (ZeroDivisionError: division by zero)" in published.text


def test_tables_that_were_not_renewed_are_named_with_day_and_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KETTE_TODAY", "2026-05-30")
    for generation, cause in enumerate([None, REFUSED]):
        write_warehouse(generation)
        build_passes()
        of_tables(dim_customers=None, fct_touchpoints=cause)
        publish.publish()
    (finding,) = [found for found in health.findings() if found.subject == "not renewed"]
    assert not finding.is_well
    assert finding.text == (
        "fct_touchpoints as of 2026-05-30: the last load of hubspot deals does not balance"
    )
