"""An older warehouse beside a newer control store, and the reverse: nothing stays lost unnoticed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlalchemy as sa

from ingestion.control import decisions, engine, store, tables
from ingestion.control.decisions import Identifier
from ingestion.loading import holdings, replay, warehouse
from ingestion.loading.run import prepare_warehouse, run
from ingestion.settings import CHECKOUT, child_environment, settings
from ingestion.sources import tawk
from tests.ingestion import killed
from tests.ingestion.fakes import query, row, source, stream, switch_on
from tests.ingestion.sources.tawk.test_inbox import CHAT, TICKET, TRANSCRIPT, receive
from tests.ingestion.webhooks.running import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Reader

THINGS = "select id, day::varchar, amount::int from raw_fake.things order by id"


@pytest.fixture(autouse=True)
def _on(monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(monkeypatch)
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)


def keep_copy() -> None:
    shutil.copy(settings().warehouse, settings().home / "copy.duckdb")


def put_back() -> None:
    shutil.copy(settings().home / "copy.duckdb", settings().warehouse)


def lose_control_store() -> None:
    store.engine().dispose()
    engine.forget()
    for path in settings().home.glob("control.db*"):
        path.unlink()


def statuses() -> list[str]:
    rows = tables.load_ledger
    return [found["status"] for found in store.rows(sa.select(rows).order_by(rows.c.id))]


def differences(load: Any) -> holdings.Disagreement:
    with closing(duckdb.connect(str(settings().warehouse), read_only=True)) as connection:
        return holdings.compare(connection, load)


def test_a_message_drained_after_a_backup_is_loaded_again_from_the_inbox() -> None:
    receive(CHAT)
    run(tawk.LOAD)
    keep_copy()
    receive(TRANSCRIPT)
    run(tawk.LOAD)
    receive(TICKET)
    run(tawk.LOAD)
    events = "select event from raw_tawk.webhook_events order by 1"
    before = query(events)
    assert len(before) == 3

    put_back()
    assert len(query(events)) == 1
    assert differences(tawk.LOAD).lost
    run(tawk.LOAD)
    assert query(events) == before
    assert not differences(tawk.LOAD)
    assert "lost" not in statuses()
    assert "made good" in statuses()


def counted(reader: Reader) -> Iterator[Any]:
    """Read on from what was remembered, one row each time."""
    number = reader.state.get("read", 0) + 1
    reader.state["read"] = number
    yield [row(number)]


def test_a_cursor_goes_on_from_where_the_older_warehouse_stands() -> None:
    load = source(stream(counted))
    run(load)
    keep_copy()
    run(load)
    run(load)
    put_back()
    for _ in range(2):
        run(load)
    assert query("select id from raw_fake.things order by id") == ["1", "2", "3"]
    assert statuses() == ["loaded", "made good", "made good", "loaded", "loaded"]


def test_a_record_that_left_the_quarantine_into_a_lost_warehouse_is_read_again() -> None:
    bad = [[row(1), row(2, amount="no amount")]]

    def first(reader: Reader) -> Iterator[Any]:
        if not reader.state:
            yield from bad
        reader.state["read"] = True

    load = source(stream(first))
    run(load)
    keep_copy()
    with store.begin() as connection:
        connection.execute(
            sa.update(tables.quarantine).values(payload=tables.quarantine.c.payload, load_id="0")
        )
        kept = connection.execute(sa.select(tables.quarantine.c.payload)).scalar_one()
        mended = kept.replace(b'"no amount"', b"2")
        connection.execute(sa.update(tables.quarantine).values(payload=mended))
    (result,) = replay.run(load)
    assert result.loaded == 1
    assert query("select id from raw_fake.things order by id") == ["1", "2"]

    put_back()
    bad[0][1] = row(2)
    run(load)
    assert query("select id from raw_fake.things order by id") == ["1", "2"]


def test_what_was_loaded_of_days_by_hand_and_is_lost_is_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {"1": 1}

    def read(reader: Reader) -> Iterator[Any]:
        if not reader.state or reader.from_date:
            yield [row(1, amount=said["1"])]
        reader.state["read"] = True

    load = source(stream(read))
    run(load)
    keep_copy()
    said["1"] = 7
    run(load, date(2026, 3, 1), date(2026, 3, 1))
    assert query(THINGS) == [("1", "2026-03-01", 7)]
    put_back()
    run(load)
    assert query(THINGS) == [("1", "2026-03-01", 7)]
    run(load)
    assert statuses() == ["loaded", "made good", "loaded", "loaded"]


@pytest.mark.parametrize("way", ["merged", "bulk"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_what_a_lost_end_of_the_write_ahead_log_held_is_read_again(way: str, share: float) -> None:
    run(killed.before(way))
    died = subprocess.run(
        [sys.executable, "-m", "tests.ingestion.killed", way, "accounted for"],
        cwd=CHECKOUT,
        env=child_environment(),
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    wal = settings().warehouse.with_suffix(".duckdb.wal")
    content = wal.read_bytes()
    wal.write_bytes(content[: int(len(content) * share)])

    for _ in range(2):
        # of a day that shrank the second answer is taken
        run(killed.after(way))
    found = query("select id, day::varchar, amount::int from raw_fake.things")
    assert {key: (day, amount) for key, day, amount in found} == killed.AFTER
    assert len(found) == len(killed.AFTER)


def test_a_warehouse_that_was_taken_away_is_filled_and_its_loads_are_marked() -> None:
    load = source(stream(counted))
    run(load)
    run(load)
    settings().warehouse.unlink()
    run(load)
    run(load)
    assert query("select id from raw_fake.things order by id") == ["1", "2"]
    assert statuses() == ["made good", "made good", "loaded", "loaded"]


def test_a_warehouse_of_an_older_version_is_believed_by_the_loads_that_dlt_lists() -> None:
    load = source(stream(counted))
    run(load)
    run(load)
    with closing(duckdb.connect(str(settings().warehouse))) as connection:
        connection.execute(f"drop table {warehouse.LATEST}")
    assert not differences(load)
    keep_copy()
    run(load)
    put_back()
    assert [each["load_id"] for each in differences(load).lost] == [
        store.latest_ledger()[0]["load_id"]
    ]


def test_loads_that_a_lost_control_store_does_not_know_are_taken_over() -> None:
    load = source(stream(counted))
    run(load)
    run(load)
    latest = store.latest_ledger()[0]
    lose_control_store()
    assert len(differences(load).unknown) == 1
    run(load)
    rows = store.rows(sa.select(tables.load_ledger).order_by(tables.load_ledger.c.id))
    assert [each["status"] for each in rows] == ["loaded", "loaded"]
    assert rows[0]["load_id"] == latest["load_id"]
    assert (rows[0]["seen"], rows[0]["loaded"]) == (1, 1)
    assert query("select id from raw_fake.things order by id") == ["1", "2", "3"]


def test_an_older_control_store_does_not_trim_what_came_after_its_promise() -> None:
    first = source(stream(killed._reads(killed.BEFORE), replace_by="day"))
    run(first)
    before = store.latest_ledger()[0]
    run(source(stream(killed._reads(killed.AFTER), replace_by="day")))
    run(source(stream(killed._reads(killed.AFTER), replace_by="day")))
    # as it was after the first load had been promised and before it was accounted for
    with store.begin() as connection:
        connection.execute(sa.delete(tables.load_ledger).where(tables.load_ledger.c.id > 1))
        connection.execute(sa.update(tables.load_ledger).values(status="running"))
        promise = {
            "stream": "things",
            "load_id": before["load_id"],
            "ledger_id": 1,
            "expected": 0,
            "covered": killed.DAYS,
        }
        store.upsert(
            connection,
            tables.facts,
            {"key": f"unfinished/fake/{before['load_id']}", "value": json.dumps(promise)},
        )
    prepare_warehouse([first])
    found = query("select id, day::varchar, amount::int from raw_fake.things")
    assert {key: (day, amount) for key, day, amount in found} == killed.AFTER


def test_decisions_that_a_control_store_lost_come_back_from_the_warehouse() -> None:
    one, two, three = (Identifier("email", "global", f"{name}@x.example") for name in "abc")
    prepare_warehouse([source(stream([]))])
    decisions.decide("join", one, two, why="the same person", by="Ada")
    decisions.decide("cut", two, three, why="two people", by="Ada")
    with warehouse.connect() as connection:
        decisions.hand_over(connection)
    made = [(each["action"], each["why"], each["decided_at"]) for each in decisions.effective()]
    lose_control_store()
    decisions.decide("cut", one, two, why="no, they are two", by="Bea")
    with warehouse.connect() as connection:
        decisions.hand_over(connection)
    counting = {each["why"]: each["action"] for each in decisions.effective()}
    assert counting == {"two people": "cut", "no, they are two": "cut"}
    kept = {(each["action"], each["why"], each["decided_at"]) for each in decisions.history()}
    assert kept >= set(made)
    assert sorted(query(f"select why from {decisions.IN_WAREHOUSE}")) == sorted(counting)
