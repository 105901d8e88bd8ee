"""tawk.to with a warehouse: the inbox is drained exactly once, and a whole company arrives."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.errors import KetteError
from ingestion.loading import warehouse
from ingestion.loading.run import run
from ingestion.sandbox import credentials, faults, push, world
from ingestion.sandbox.server import serve_in_thread
from ingestion.sources import tawk
from ingestion.webhooks import inbox
from ingestion.webhooks.inbox import Message
from tests.ingestion.sources.tawk.property import TODAY
from tests.ingestion.webhooks.running import HOST, SECRET, receiver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.server import Sandbox

CHAT = {"event": "chat:start", "chatId": "c1", "time": "2026-06-01T09:12:17.019Z"}
TRANSCRIPT = {
    "event": "chat:transcript_created",
    "time": "2026-06-01T09:30:00.000Z",
    "chat": {"id": "c1", "messages": [{"sender": {"t": "v"}, "msg": "Hei!"}]},
}
TICKET = {"event": "ticket:create", "time": "2026-06-01T10:00:00.000Z", "ticket": {"id": "t1"}}


def receive(*bodies: Any) -> None:
    """Store messages as the receiver does; what is no JSON is given as bytes."""
    first = len(stored())
    inbox.store(
        [
            Message(
                "tawk",
                f"event-{first + number}",
                None,
                body if isinstance(body, bytes) else json.dumps(body).encode(),
                datetime(2026, 6, 1, 12),  # noqa: DTZ001 - as the control store keeps it
            )
            for number, body in enumerate(bodies)
        ]
    )


def stored() -> list[dict[str, Any]]:
    """Return the inbox."""
    return store.rows(sa.select(tables.webhook_inbox).order_by(tables.webhook_inbox.c.id))


@pytest.fixture
def webhook_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn the source on without the REST API."""
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)


def loaded(query: str) -> list[Any]:
    """Return what a query finds in the warehouse."""
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


EVENTS = "select event_id, event, chat_id, ticket_id from raw_tawk.webhook_events order by event_id"


@pytest.mark.usefixtures("webhook_only")
def test_the_inbox_is_drained_once_and_bad_messages_are_kept_aside() -> None:
    bad = [b"{broken", b"[1]", {"event": "chat:exploded"}, {"event": "chat:end"}, b"[" * 100_000]
    receive(CHAT, TRANSCRIPT, TICKET, *bad)
    events, chats, tickets = run(tawk.LOAD)

    assert (events.seen, events.loaded, events.quarantined) == (8, 3, 5)
    assert (chats.seen, tickets.seen) == (0, 0)
    assert "webhooks only" in chats.note
    assert loaded(EVENTS) == [
        ("event-0", "chat:start", "c1", None),
        ("event-1", "chat:transcript_created", "c1", None),
        ("event-2", "ticket:create", None, "t1"),
    ]
    # the bad ones too: they are dealt with, and wait for nobody
    assert all(row["drained_at"] for row in stored())
    reasons = {row["reason"] for row in store.quarantine_counts()}
    assert reasons == {"no JSON", "unknown event type", "chat id missing"}

    again = run(tawk.LOAD)[0]
    assert (again.seen, again.loaded) == (0, 0)
    receive(CHAT, {**CHAT, "chatId": "c2"})
    assert run(tawk.LOAD)[0].loaded == 1
    assert len(loaded(EVENTS)) == 4


@pytest.mark.usefixtures("webhook_only")
def test_a_crash_between_the_load_and_the_mark_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_: str) -> None:
        raise KetteError("killed")

    receive(CHAT, TICKET)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "mark_drained", crash)
        with pytest.raises(KetteError):
            run(tawk.LOAD)
    assert [row["drained_at"] for row in stored()] == [None, None]
    assert len(loaded(EVENTS)) == 2

    receive(TRANSCRIPT)
    run(tawk.LOAD)
    assert len(loaded(EVENTS)) == 3
    assert all(row["drained_at"] for row in stored())


@pytest.mark.usefixtures("webhook_only")
def test_a_message_that_arrives_while_the_inbox_is_drained_waits_for_the_next_load(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receive(CHAT)
    claim = inbox.claim

    def claim_and_receive(*arguments: Any, **named: Any) -> None:
        claim(*arguments, **named)
        receive(TICKET)

    with monkeypatch.context() as patch:
        patch.setattr(inbox, "claim", claim_and_receive)
        run(tawk.LOAD)
    assert [bool(row["drained_at"]) for row in stored()] == [True, False]
    assert len(loaded(EVENTS)) == 1


@pytest.mark.usefixtures("webhook_only")
def test_a_lost_warehouse_is_filled_from_the_inbox_again(kette_home: Path) -> None:
    receive(CHAT, TRANSCRIPT, TICKET)
    run(tawk.LOAD)
    before = loaded(EVENTS)
    (kette_home / "warehouse.duckdb").unlink()
    run(tawk.LOAD)
    assert loaded(EVENTS) == before


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small company; its name tells the seed, to repeat a failure."""
    seed = request.config.getoption("seed") or secrets.randbelow(100_000)
    made = tmp_path_factory.mktemp(f"company-of-seed-{seed}-")
    world.generate(made, customers=300, months=12, seed=seed, until=TODAY)
    return made


@pytest.fixture
def sandbox(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Serve it, with limits that know no waiting."""
    with serve_in_thread(folder, clock=iter(range(10**9)).__next__) as served:
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        yield served


def told(folder: Path, table: str, key: str) -> list[Any]:
    """Return what the company's own table says, without the program that serves it."""
    return loaded(
        f"select {key}, make_timestamptz(updated_ms * 1000), is_deleted "
        f"from '{folder}/tawk/{table}.parquet' order by 1"
    )


@pytest.mark.usefixtures("webhook_only")
def test_all_chats_and_tickets_of_the_company_arrive_through_faults(
    sandbox: Sandbox, folder: Path
) -> None:
    sandbox.faults.add(
        faults.at("tawk", "*", 2, faults.too_many(1)),
        faults.at("tawk", "*", 4, faults.status(500)),
        faults.at("tawk", "*", 6, faults.reset()),
    )
    run(tawk.LOAD)
    for table, key in (("chats", "chat_id"), ("tickets", "ticket_id")):
        query = (
            f"select {key}, updated_at, cast(payload ->> 'deleted' as boolean) "
            f"from raw_tawk.{table} order by 1"
        )
        assert loaded(query) == told(folder, table, key)
        assert len(told(folder, table, key)) > 0


@pytest.mark.usefixtures("webhook_only")
def test_a_second_load_changes_no_row(sandbox: Sandbox) -> None:
    rows = (
        "select property_id, chat_id, created_at, updated_at, payload::varchar from raw_tawk.chats"
    )
    run(tawk.LOAD)
    before = sorted(loaded(rows))
    run(tawk.LOAD)
    assert sorted(loaded(rows)) == before


@pytest.mark.usefixtures("sandbox")
def test_what_the_company_pushes_arrives_once(
    kette_home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__TAWK__API_KEY")
    since = TODAY - timedelta(days=60)
    with receiver(kette_home, secret=credentials.TAWK_WEBHOOK_SECRET) as running:
        url = f"http://{HOST}:{running.port}"
        sent = push.push(folder, since=since, receiver=url, sources=("tawk",))
    run(tawk.LOAD)
    pushed = (
        "select event_id, event, make_timestamptz(time_ms * 1000), chat_id, ticket_id "
        f"from '{folder}/tawk/webhooks.parquet' where time_ms >= epoch_ms(date '{since}') "
        "order by 1"
    )
    arrived = (
        "select event_id, event, occurred_at, chat_id, ticket_id "
        "from raw_tawk.webhook_events order by 1"
    )
    assert loaded(arrived) == loaded(pushed)
    assert len(loaded(pushed)) == sent > 0
