"""What is particular about tawk.to's webhooks; docs/sources/tawk.md lists it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from tests.ingestion.webhooks.running import SECRET, Event, event

if TYPE_CHECKING:
    import httpx

    from tests.ingestion.webhooks.conftest import Client

# signed by another program: openssl dgst -sha1 -hmac webhook-secret
RAW_BODY = b'{ "event":"chat:end",  "chatId": "c1", "visitor": {"name": "J\\u00fcrgen"} }'
RAW_SIGNATURE = "7653fd151c864a840f4c90302cf889a1ba66f133"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__TAWK__WEBHOOK_SECRET", SECRET)


def send(client: Client, body: bytes, signature: str, event_id: str = "e1") -> int:
    """Send a body and return the status of the answer."""
    headers = {"X-Tawk-Signature": signature, "X-Hook-Event-Id": event_id}
    answer: httpx.Response = client.post("/webhooks/tawk", content=body, headers=headers)
    return answer.status_code


def stored() -> list[dict[str, Any]]:
    """Return what is in the inbox."""
    return store.rows(sa.select(tables.webhook_inbox).order_by(tables.webhook_inbox.c.id))


def test_the_signature_is_of_the_raw_bytes_and_not_of_their_json_written_again(
    client: Client,
) -> None:
    written_again = json.dumps(json.loads(RAW_BODY)).encode()

    assert send(client, written_again, RAW_SIGNATURE) == 401
    assert send(client, RAW_BODY, RAW_SIGNATURE) == 200
    assert [row["body"] for row in stored()] == [RAW_BODY]


def test_the_signature_is_hexadecimal_and_not_base64(client: Client) -> None:
    in_base64 = base64.b64encode(bytes.fromhex(RAW_SIGNATURE)).decode()

    assert send(client, RAW_BODY, in_base64) == 401
    assert stored() == []


def test_an_event_that_is_sent_again_has_the_same_id_and_is_stored_once(client: Client) -> None:
    signature = event(1).headers()["X-Tawk-Signature"]

    # there is no time in the signature: only the id tells a repetition
    assert [send(client, event(1).body, signature, "event-1") for _ in range(3)] == [200] * 3
    assert [row["event_id"] for row in stored()] == ["event-1"]


def test_an_event_is_taken_however_late_it_is_sent_again(client: Client) -> None:
    # tawk.to repeats for up to twelve hours: the age of what it tells is no reason to refuse it
    late = Event("e1", json.dumps({"event": "chat:end", "time": "2020-01-01T00:00:00Z"}).encode())

    assert send(client, late.body, late.headers()["X-Tawk-Signature"]) == 200


def test_a_longer_transcript_of_the_same_chat_is_no_repetition(client: Client) -> None:
    def transcript(*texts: str) -> Event:
        messages = [{"sender": {"t": "v"}, "msg": text} for text in texts]
        chat = {"id": "c1", "messages": messages}
        body = {"event": "chat:transcript_created", "chat": chat}
        return Event(f"e{len(texts)}", json.dumps(body).encode())

    sent = [transcript("Hei"), transcript("Hei", "Moi")]
    for each in sent:
        send(client, each.body, each.headers()["X-Tawk-Signature"], each.event_id)
    assert [row["body"] for row in stored()] == [each.body for each in sent]
