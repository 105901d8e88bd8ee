"""Webhooks of new days are sent the way tawk.to sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from ingestion.sandbox import credentials, push
from ingestion.sandbox.vendors.tawk import push as tawk
from tests.ingestion.sandbox.handmade import at_ms, write_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARCH_30, MARCH_31 = date(2025, 3, 30), date(2025, 3, 31)
PROPERTY = {"id": credentials.TAWK_PROPERTY_ID, "name": "nordlicht.example"}


def message(sequence: int, sender: str, text: str) -> dict[str, Any]:
    name = {"a": "Mika"}.get(sender)
    return {
        "chat_id": "c-1",
        "sequence": sequence,
        "time_ms": at_ms("2025-03-31 09:00:00") + sequence * 1019,
        "sender": sender,
        "agent_name": name,
        "agent_id": name and "5f01",
        "text": text,
    }


def hook(event_id: str, kind: str, moment: str, **more: object) -> dict[str, Any]:
    return {"event_id": event_id, "event": kind, "time_ms": at_ms(moment)} | more


COMPANY = {
    "tawk/chats": [
        {
            "chat_id": "c-1", "person_id": "secret", "created_ms": 1, "updated_ms": 1,
            "is_deleted": False, "visitor_name": "Liisa", "visitor_email": "liisa@kunde.example",
            "visitor_city": "unknown", "visitor_country": "FI", "domain": "nordlicht.example",
            "referrer": "https://www.google.com/", "tags_json": "[]",
        }
    ],
    "tawk/messages": [
        message(0, "s", "Name : Liisa"),
        message(1, "v", "Grüße!"),
        message(2, "a", "Moin"),
        message(3, "v", "Noch etwas"),
    ],
    "tawk/tickets": [
        {
            "ticket_id": "t-1", "human_id": 3, "created_ms": 1, "updated_ms": 1,
            "status": "open", "is_deleted": False, "subject": "Offline message",
            "message": "Hallo", "requester_name": "Liisa",
        }
    ],
    "tawk/webhooks": [
        hook("e-1", "chat:start", "2025-03-31 09:00:01.019", chat_id="c-1", message_count=2),
        hook("e-2", "chat:end", "2025-03-31 09:05:00", chat_id="c-1", message_count=3),
        hook("e-3", "chat:transcript_created", "2025-03-31 09:08:00", chat_id="c-1",
             message_count=3),
        hook("e-4", "ticket:create", "2025-03-30 23:59:59.999", ticket_id="t-1"),
        hook("e-5", "chat:transcript_created", "2025-03-31 11:00:00", chat_id="c-1",
             message_count=4),
    ],
}  # fmt: skip


@dataclass
class Receiver:
    """A receiver that answers as it is told and keeps what it got."""

    url: str
    refuses: int = 0
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.got.append((self.path, headers, body))
            made.refuses -= 1
            self.send_response(503 if made.refuses >= 0 else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(tmp_path_factory.mktemp("company"), COMPANY)


def payloads(folder: Path, since: date = MARCH_30) -> dict[str, dict[str, Any]]:
    return {event_id: json.loads(body) for event_id, body in tawk.webhooks(folder, since)}


def test_only_the_days_since_are_sent(folder: Path) -> None:
    assert set(payloads(folder, MARCH_31)) == {"e-1", "e-2", "e-3", "e-5"}
    assert set(payloads(folder, MARCH_30)) == {"e-1", "e-2", "e-3", "e-4", "e-5"}


def test_a_start_shows_the_first_message_of_a_person_in_the_long_vocabulary(folder: Path) -> None:
    assert payloads(folder)["e-1"] == {
        "event": "chat:start",
        "chatId": "c-1",
        "time": "2025-03-31T09:00:01.019Z",
        "message": {"text": "Grüße!", "type": "msg", "sender": {"type": "visitor"}},
        "visitor": {
            "name": "Liisa",
            "email": "liisa@kunde.example",
            "city": "unknown",
            "country": "FI",
        },
        "property": PROPERTY,
    }
    assert set(payloads(folder)["e-2"]) == {"event", "chatId", "time", "visitor", "property"}


def test_a_transcript_shows_the_messages_so_far_and_a_resumed_chat_more(folder: Path) -> None:
    first, second = (payloads(folder)[name] for name in ("e-3", "e-5"))
    assert (first["domain"], first["referrer"]) == ("nordlicht.example", "https://www.google.com/")
    assert first["chat"]["id"] == second["chat"]["id"] == "c-1"
    assert [m["msg"] for m in first["chat"]["messages"]] == ["Name : Liisa", "Grüße!", "Moin"]
    assert first["chat"]["messages"][2]["sender"] == {"t": "a", "n": "Mika", "id": "5f01"}
    assert second["chat"]["messages"][:3] == first["chat"]["messages"]
    assert len(second["chat"]["messages"]) == 4
    assert "secret" not in json.dumps(first)


def test_a_ticket_tells_its_requester(folder: Path) -> None:
    ticket = payloads(folder)["e-4"]
    assert ticket["requester"]["name"] == "Liisa"
    assert "email" not in ticket["requester"]
    assert ticket["ticket"] == {
        "id": "t-1", "humanId": 3, "subject": "Offline message", "message": "Hallo",
    }  # fmt: skip


def test_the_raw_bytes_are_signed_in_hexadecimal(folder: Path, receiver: Receiver) -> None:
    assert push.push(folder, since=MARCH_30, receiver=receiver.url) == 5
    for path, headers, body in receiver.got:
        assert path == "/webhooks/tawk"
        expected = hmac.new(credentials.TAWK_WEBHOOK_SECRET.encode(), body, hashlib.sha1)
        assert headers["x-tawk-signature"] == expected.hexdigest()
    assert {headers["x-hook-event-id"] for _, headers, _ in receiver.got} == {
        f"e-{number}" for number in range(1, 6)
    }


def test_a_refused_webhook_comes_again_under_the_same_id(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "FIRST_PAUSE", 0)
    receiver.refuses = 2
    assert push.push(folder, since=MARCH_30, receiver=receiver.url) == 5
    (first, second, third) = receiver.got[:3]
    assert first[1:] == second[1:] == third[1:]


def test_what_is_never_accepted_is_not_counted(
    folder: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "FIRST_PAUSE", 0)
    receiver.refuses = 1000
    assert push.push(folder, since=MARCH_30, receiver=receiver.url) == 0


def test_many_arrive_a_little_out_of_order_and_some_twice_but_always_the_same_way(
    tmp_path: Path,
) -> None:
    hooks = [
        hook(f"e-{number:03d}", "chat:end", f"2025-03-31 10:{number // 60:02d}:{number % 60:02d}",
             chat_id="c-1", message_count=3)
        for number in range(400)
    ]  # fmt: skip
    write_world(tmp_path, {**COMPANY, "tawk/webhooks": hooks})
    sent = list(tawk.webhooks(tmp_path, MARCH_30))
    counts = Counter(event_id for event_id, _ in sent)
    assert set(counts) == {f"e-{number:03d}" for number in range(400)}
    assert set(counts.values()) == {1, 2}
    order = [int(event_id[2:]) for event_id, _ in sent]
    assert order != sorted(order)
    # nobody is overtaken by what happened minutes later
    assert all(max(order[: place + 1]) - number < 200 for place, number in enumerate(order))
    assert list(tawk.webhooks(tmp_path, MARCH_30)) == sent
