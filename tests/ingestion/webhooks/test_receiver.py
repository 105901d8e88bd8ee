"""The receiver: what is genuine is stored once and for ever, nothing else is stored at all."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import itertools
import json
import re
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from ingestion.control import store, tables
from ingestion.webhooks import app, inbox
from tests.ingestion.webhooks.running import HOST, SECRET, Event, Running, event, post, receiver

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.ingestion.webhooks.conftest import Client

URL = "/webhooks/tawk"
# a signature worked out with another program (openssl dgst -sha1 -hmac webhook-secret): the body
# has blanks and an escaped umlaut, so that any reading and writing of its JSON would change it
RAW_BODY = b'{ "event":"chat:end",  "chatId": "c1", "visitor": {"name": "J\\u00fcrgen"} }'
RAW_SIGNATURE = "7653fd151c864a840f4c90302cf889a1ba66f133"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the receiver know the secret."""
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)


def send(client: Client, sent: Event, **headers: str) -> httpx.Response:
    """Send an event, with some headers changed; an empty one is left out."""
    changed = {**sent.headers(), **{name.replace("_", "-"): text for name, text in headers.items()}}
    given = {name: text for name, text in changed.items() if text}
    return client.post(URL, content=sent.body, headers=given)


def stored() -> list[dict[str, Any]]:
    """Return what is in the inbox."""
    return store.rows(sa.select(tables.webhook_inbox).order_by(tables.webhook_inbox.c.id))


def metric(client: Client, outcome: str, source: str = "tawk") -> int:
    """Return how often something happened."""
    wanted = f'kette_webhook_requests_total{{source="{source}",outcome="{outcome}"}} '
    lines = client.get("/metrics").text.splitlines()
    return next((int(line[len(wanted) :]) for line in lines if line.startswith(wanted)), 0)


def test_a_signed_message_is_stored_as_it_came(client: Client) -> None:
    headers = {"X-Tawk-Signature": RAW_SIGNATURE, "X-Hook-Event-Id": "e1"}
    answer = client.post(URL, content=RAW_BODY, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"status": "stored"})
    (row,) = stored()
    assert (row["source"], row["event_id"], row["event"]) == ("tawk", "e1", "chat:end")
    assert row["body"] == RAW_BODY
    assert row["drained_at"] is None


def base64_signature(sent: Event) -> str:
    return base64.b64encode(bytes.fromhex(sent.headers()["X-Tawk-Signature"])).decode()


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0" * 40,
        event(1).headers("the-old-secret")["X-Tawk-Signature"],
        base64_signature(event(1)),
        hashlib.sha1(event(1).body).hexdigest(),
        event(2).headers()["X-Tawk-Signature"],
        "Ã¼ber",
    ],
    ids=["missing", "made up", "old secret", "base64", "no secret", "of another body", "no ascii"],
)
def test_a_forged_message_is_refused_and_counted(client: Client, signature: str) -> None:
    headers = {**event(1).headers(), "X-Tawk-Signature": signature}
    kept = {name: text.encode("latin-1") for name, text in headers.items() if text}
    answer = client.post(URL, content=event(1).body, headers=kept)
    assert answer.status_code == 401
    assert stored() == []
    assert metric(client, "forged") == 1


@pytest.mark.parametrize(
    "again",
    [event(1), Event("another-id", event(1).body)],
    ids=["sent again", "same body under a new id"],
)
def test_a_repeated_message_is_acknowledged_and_stored_once(client: Client, again: Event) -> None:
    send(client, event(1))
    # also when the first one was drained long ago
    inbox.claim("tawk", "load-1", everything=False)
    inbox.mark_drained("tawk", "load-1")
    answer = send(client, again)
    assert (answer.status_code, answer.json()) == (200, {"status": "repeated"})
    assert [row["body"] for row in stored()] == [event(1).body]
    assert (metric(client, "stored"), metric(client, "repeated")) == (1, 1)


def test_another_body_under_the_same_id_is_another_message(client: Client) -> None:
    # nothing signs the header with the id: it may be anybody's, the body is the vendor's
    again = Event("event-1", event(2).body)
    outcomes = [send(client, each).json()["status"] for each in (event(1), again, again, event(1))]
    assert outcomes == ["stored", "stored", "repeated", "repeated"]
    assert [row["body"] for row in stored()] == [event(1).body, event(2).body]
    assert len({row["event_id"] for row in stored()}) == 2


def test_other_bodies_under_one_id_within_one_commit_are_all_stored() -> None:
    bodies = [event(number).body for number in (1, 2, 2, 3, 1)]
    messages = [inbox.Message("tawk", "e1", None, body, store.now()) for body in bodies]
    assert inbox.store(messages) == [True, True, False, True, False]
    assert {row["body"] for row in stored()} == set(bodies)


def test_repetitions_within_one_commit_are_stored_once() -> None:
    moment = store.now()
    sent = [event(1), event(2), event(1), Event("other", event(2).body)]
    messages = [inbox.Message("tawk", one.event_id, None, one.body, moment) for one in sent]
    assert inbox.store(messages) == [True, True, False, False]
    assert len(stored()) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"{broken",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"event": "chat:exploded"}',
        b'{"event": "\\ud800", "x": "\\u0000"}',
        b'["no", "object"]',
        json.dumps({"event": "chat:start", "new_field": {"a": [1]}}).encode(),
    ],
    ids=["cut", "binary", "deep", "unknown event", "no unicode", "list", "extra field"],
)
def test_what_is_signed_is_stored_whatever_it_says(client: Client, body: bytes) -> None:
    assert send(client, Event("e1", body)).status_code == 200
    assert [row["body"] for row in stored()] == [body]


def test_a_message_without_an_id_is_told_by_its_body(client: Client) -> None:
    outcomes = [send(client, event(n), X_Hook_Event_Id="").json() for n in (1, 2, 1)]
    assert [outcome["status"] for outcome in outcomes] == ["stored", "stored", "repeated"]


def test_without_a_secret_nothing_is_taken(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCES__TAWK__WEBHOOK_SECRET")
    answer = send(client, event(1))
    assert answer.status_code == 503
    assert "SOURCES__TAWK__WEBHOOK_SECRET is not set" in answer.json()["error"]
    # an empty secret signs nothing either
    assert client.post(URL, content=b"{}", headers=Event("e", b"{}").headers("")).status_code == 503
    assert stored() == []
    # it is looked up for each message: no restart is needed once it is set
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)
    assert send(client, event(1)).status_code == 200


def test_an_unknown_source_is_not_found(client: Client) -> None:
    assert client.post("/webhooks/nobody", content=b"{}").status_code == 404
    assert metric(client, "unknown_source", "unknown") == 1
    assert client.get(URL).status_code == 405


def test_an_oversize_message_is_refused_by_its_announced_length(client: Client) -> None:
    largest = Event("e1", b" " * app.BODY_BYTES)
    assert send(client, largest).status_code == 200
    answer = send(client, Event("e2", b" " * (app.BODY_BYTES + 1)))
    assert answer.status_code == 413
    assert len(stored()) == 1


def call(receive: Any, headers: dict[str, str]) -> int:
    """Send a request whose body comes from ``receive`` and return the status of the answer."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": URL,
        "query_string": b"",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    sent: list[dict[str, Any]] = []

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(app.make_app()(scope, receive, keep))
    return int(sent[0]["status"])


def test_an_endless_chunked_body_is_refused_early() -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 65536
        return {"type": "http.request", "body": b"x" * 65536, "more_body": True}

    assert call(receive, {}) == 413
    assert taken <= app.BODY_BYTES + 65536


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BODY_SECONDS", 0.01)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    assert call(receive, {"Content-Length": "100"}) == 408


def test_a_body_that_breaks_off_is_not_stored() -> None:
    pieces = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> dict[str, Any]:
        return next(pieces, {"type": "http.disconnect"})

    assert call(receive, event(1).headers()) == 400
    assert stored() == []


def test_what_cannot_be_stored_is_not_acknowledged(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("insert …", {"body": "personal"}, Exception("disk is full"))

    monkeypatch.setattr(inbox, "store", full)
    answer = send(client, event(1))
    assert answer.status_code == 503
    assert "disk is full" in answer.text
    assert "personal" not in answer.text
    assert answer.headers["Retry-After"]
    monkeypatch.undo()
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)


def test_health_writes_to_the_store(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}

    def read_only(*_: object) -> None:
        raise OperationalError("update …", {}, Exception("attempt to write a readonly database"))

    monkeypatch.setattr(store, "remember", read_only)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "readonly" in answer.json()["reason"]


def test_metrics_are_prometheus_text(client: Client) -> None:
    send(client, event(1))
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    line = re.compile(
        r'(# (HELP|TYPE) .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.]+)'
    )
    assert [text for text in answer.text.splitlines() if not line.fullmatch(text)] == []
    assert 'kette_webhook_waiting{source="tawk"} 1' in answer.text


# ----------------------------------------------------------------------- in a process of its own


class Burst:
    """Vendors that send ever new events over several connections, until these break."""

    def __init__(self) -> None:
        self.acknowledged: set[str] = set()
        self._numbers = itertools.count()
        self._answered = threading.Semaphore(0)

    def send(self, running: Running, until: int) -> None:
        """Send until so many more were acknowledged, and kill the receiver in the middle."""
        senders = [threading.Thread(target=self._send, args=[running.connect()]) for _ in range(8)]
        for sender in senders:
            sender.start()
        for _ in range(until):
            assert self._answered.acquire(timeout=60)
        running.process.kill()
        for sender in senders:
            sender.join(timeout=60)

    def sent(self) -> list[Event]:
        """Return everything that was sent so far."""
        return [event(number) for number in range(next(self._numbers))]

    def _send(self, connection: http.client.HTTPConnection) -> None:
        try:
            while True:
                sent = event(next(self._numbers))
                if post(connection, sent) == 200:
                    self.acknowledged.add(sent.event_id)
                    self._answered.release()
        except (OSError, http.client.HTTPException):
            return


def test_a_killed_receiver_has_stored_every_message_it_acknowledged(kette_home: Path) -> None:
    burst = Burst()
    for _ in range(3):
        with receiver(kette_home) as running:
            burst.send(running, until=150)
        ids = [row["event_id"] for row in stored()]
        assert len(ids) == len(set(ids))
        assert burst.acknowledged <= set(ids)

    # the vendor sends again what it did not see acknowledged, and more: the storm is absorbed
    sent = burst.sent()
    with receiver(kette_home) as running:
        connection = running.connect()
        assert {post(connection, one) for one in sent} == {200}
    assert sorted(row["event_id"] for row in stored()) == sorted(one.event_id for one in sent)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_it_ends_quietly_when_asked(kette_home: Path, number: signal.Signals) -> None:
    with receiver(kette_home) as running:
        assert post(running.connect(), event(1)) == 200
        running.process.send_signal(number)
        output, _ = running.process.communicate(timeout=60)
        assert (running.process.returncode, output) == (0, b"")


def test_dripping_connections_are_dropped_and_hinder_nobody(kette_home: Path) -> None:
    quick = "server.REQUEST_SECONDS = 1.0"
    beginnings = [
        b"POST /webhooks/tawk HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /webhooks/tawk HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"",
    ]
    with receiver(kette_home, quick) as running:
        drips = [socket.create_connection((HOST, running.port), timeout=60) for _ in range(200)]
        for drip, beginning in zip(drips, itertools.cycle(beginnings), strict=False):
            drip.sendall(beginning)
        connection = running.connect()
        assert [post(connection, event(n)) for n in range(20)] == [200] * 20
        for drip in drips:
            # the end of the connection, or its reset
            try:
                assert drip.recv(1) == b""
            except ConnectionResetError:
                pass
            finally:
                drip.close()
