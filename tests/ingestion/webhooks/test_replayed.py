"""Messages that their source refused: once it understands them they come in as they once came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading import replay
from ingestion.loading.run import run
from ingestion.sources import activecampaign, calendly, hooks, tawk, trustmary
from ingestion.sources.activecampaign import hooks as forms
from ingestion.webhooks import inbox
from tests.ingestion.sources.emulator import only, stored

if TYPE_CHECKING:
    from types import ModuleType

    from ingestion.toolkit.source import Load

CAME = datetime(2026, 6, 1, 12)  # noqa: DTZ001 - as the control store keeps it


@dataclass(frozen=True)
class Pushed:
    """A message, and what of its source has to fail for it to be refused."""

    load: Load
    body: bytes
    where: ModuleType
    reads: str
    reason: str
    table: str = "webhook_events"
    event_id: str = "generic:7"


SOURCES = [
    Pushed(hooks.LOAD, b'{"event": "order.paid"}', hooks, "content", "neither JSON", "events"),
    Pushed(trustmary.LOAD, b'{"answer": {"answer_id": "a1"}}', trustmary, "loads", "no JSON"),
    Pushed(activecampaign.LOAD, b"type=click&contact[id]=3", forms, "form", "no form"),
    Pushed(tawk.LOAD, b'{"event": "chat:end", "chatId": "c"}', tawk, "loads", "no JSON"),
]


def _unreadable(*_: Any) -> None:
    raise ValueError("a mistake of ours")


@pytest.mark.parametrize("pushed", SOURCES, ids=lambda pushed: pushed.load.source)
def test_a_refused_message_is_replayed_as_it_came_in(
    pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = pushed.load.source
    setting = "SECRET" if source == "hooks" else "WEBHOOK_SECRET"
    monkeypatch.setenv(f"SOURCES__{source.upper()}__{setting}", "a secret")
    load = only(pushed.load, pushed.table)
    inbox.store([inbox.Message(source, pushed.event_id, None, pushed.body, CAME)])
    with monkeypatch.context() as patch:
        # the one source that asks for the content itself is told of none
        fails: Any = (lambda _body: None) if source == "hooks" else _unreadable
        patch.setattr(pushed.where, pushed.reads, fails)
        (result,) = run(load)
        assert (result.loaded, result.quarantined) == (0, 1)
    (kept,) = replay.waiting(source)
    assert pushed.reason in kept["reason"]

    (replayed,) = replay.run(load)
    assert (replayed.loaded, replayed.unreadable, replay.waiting(source)) == (1, 0, [])
    came = stored(f"select received_at from raw_{source}.{pushed.table}")
    assert came == [(CAME.replace(tzinfo=UTC),)]


@pytest.mark.parametrize("pushed", SOURCES, ids=lambda pushed: pushed.load.source)
def test_a_message_that_is_no_message_stays_aside_as_it_was_sent(
    pushed: Pushed, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = pushed.load.source
    setting = "SECRET" if source == "hooks" else "WEBHOOK_SECRET"
    monkeypatch.setenv(f"SOURCES__{source.upper()}__{setting}", "a secret")
    load = only(pushed.load, pushed.table)
    body = b"\xff\xfe"
    inbox.store([inbox.Message(source, pushed.event_id, None, body, CAME)])
    run(load)
    (replayed,) = replay.run(load)
    assert (replayed.loaded, replayed.refused, replayed.unreadable) == (0, 1, 0)
    assert [row["payload"] for row in store.rows(sa.select(tables.quarantine))] == [body]


def test_a_message_of_calendly_holds_no_row_and_it_is_said_what_asks_for_it() -> None:
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.quarantine).values(
                source="calendly",
                stream="invitees",
                load_id="1",
                reason="names no session",
                form="raw",
                fingerprint="f",
                payload=b"[]",
                first_seen_at=CAME,
                last_seen_at=CAME,
            )
        )
    (result,) = replay.run(calendly.LOAD)
    (why,) = result.why
    assert why.startswith("names no session: it is kept as it was sent")
    assert "`kette load calendly --from DATE`, a day before the session" in why
