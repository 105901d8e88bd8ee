"""Webhooks of senders that only the settings know: genuine ones are kept once, others not at all."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from ingestion.control import store, tables
from ingestion.loading.run import run
from ingestion.sources import hooks
from tests.ingestion.sources.emulator import stored as in_warehouse

if TYPE_CHECKING:
    from tests.ingestion.webhooks.conftest import Client

SECRET = "generic-secret"
SHOP = {
    "secret": "shop-secret",
    "header": "X-Shop-Hmac",
    "encoding": "base64",
    "id_field": "data/no",
}
# worked out with another program: openssl dgst -sha256 -hmac generic-secret
RAW_BODY = b'{ "id": 17,  "event": "order.paid", "name": "J\\u00fcrgen" }'
CHANGED = b'{"id": 17, "event": "order.changed"}'
RAW_SIGNATURE = "e25c6affaf208efbfd176b5dec95323957df6d96fcd87e0a27590880a71228d7"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__HOOKS__SECRET", SECRET)
    monkeypatch.setenv("SOURCES__HOOKS__SENDERS", json.dumps({"shop": SHOP}))


def signature(body: bytes, secret: str = SECRET, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), body, algorithm).digest()


def send(client: Client, body: bytes, sender: str = "generic", **headers: str) -> int:
    given = {"X-Signature": signature(body).hex(), "X-Shop-Hmac": shop_signature(body)}
    changed = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post(f"/webhooks/{sender}", body, {**given, **changed}).status_code


def shop_signature(body: bytes) -> str:
    return base64.b64encode(signature(body, "shop-secret")).decode()


def stored() -> list[dict[str, Any]]:
    return store.rows(sa.select(tables.webhook_inbox).order_by(tables.webhook_inbox.c.id))


def counted(client: Client, outcome: str, source: str = "hooks") -> bool:
    line = f'kette_webhook_requests_total{{source="{source}",outcome="{outcome}"}} 1\n'
    return line in client.get("/metrics").text


def test_a_signature_over_the_raw_bytes_is_accepted(client: Client) -> None:
    assert send(client, RAW_BODY, X_Signature=RAW_SIGNATURE) == 200
    assert send(client, b'{"id": 18}', X_Signature=signature(b'{"id": 18}').hex().upper()) == 200
    first, second = stored()
    assert (first["source"], first["event_id"], first["event"], first["body"]) == (
        "hooks", f"generic:body:{sha256(RAW_BODY).hexdigest()}", "order.paid", RAW_BODY,
    )  # fmt: skip
    assert second["body"] == b'{"id": 18}'


@pytest.mark.parametrize(
    "signed",
    ["", "0" * 64, signature(RAW_BODY, "old").hex(), signature(b"{}").hex(),
     base64.b64encode(signature(RAW_BODY)).decode(), signature(RAW_BODY, algorithm="sha1").hex()],
    ids=["missing", "made up", "old secret", "of another body", "base64", "sha1"],
)  # fmt: skip
def test_a_forged_message_is_refused_and_counted(client: Client, signed: str) -> None:
    assert send(client, RAW_BODY, X_Signature=signed) == 401
    assert stored() == []
    assert counted(client, "forged")


@pytest.mark.parametrize(
    ("given", "header", "signed"),
    [
        ({"algorithm": "sha1"}, "x-signature", signature(RAW_BODY, algorithm="sha1").hex()),
        ({"header": "x-hub-signature-256", "prefix": "sha256="}, "X-Hub-Signature-256",
         f"sha256={RAW_SIGNATURE}"),
        ({"encoding": "base64", "algorithm": "sha512"}, "x-signature",
         base64.b64encode(signature(RAW_BODY, algorithm="sha512")).decode()),
    ],
    ids=["sha1", "prefix", "base64 of sha512"],
)  # fmt: skip
def test_settings_say_how_a_sender_signs(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    header: str,
    signed: str,
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__HOOKS__{name.upper()}", value)
    assert client.post("/webhooks/generic", RAW_BODY, {header: signed}).status_code == 200
    assert client.post("/webhooks/generic", b"{}", {header: signed}).status_code == 401


@pytest.mark.parametrize(
    ("age", "status"), [(0, 200), (299, 200), (-299, 200), (400, 401), (-400, 401)]
)
@pytest.mark.parametrize("form", ["seconds", "ISO"])
def test_a_signed_time_outside_the_tolerance_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch, age: int, status: int, form: str
) -> None:
    monkeypatch.setenv("SOURCES__HOOKS__TIMESTAMP_HEADER", "X-Time")
    monkeypatch.setenv("SOURCES__HOOKS__SIGNS", "v0:{timestamp}:{body}")
    moment = datetime.now(UTC) - timedelta(seconds=age)
    stamp = str(int(moment.timestamp())) if form == "seconds" else moment.isoformat()
    signed = signature(b"v0:" + stamp.encode() + b":" + RAW_BODY).hex()
    assert send(client, RAW_BODY, X_Time=stamp, X_Signature=signed) == status
    # the time is signed too: a fresh one does not revive an old signature
    assert send(client, RAW_BODY, X_Time=f"{stamp} ", X_Signature=RAW_SIGNATURE) == 401


def test_replays_are_kept_once_and_what_is_new_of_the_same_record_too(client: Client) -> None:
    changed = b'{"id": 17, "event": "order.changed"}'
    for body in (RAW_BODY, RAW_BODY, changed, RAW_BODY, changed):
        assert send(client, body) == 200
    assert [row["body"] for row in stored()] == [RAW_BODY, changed]
    (result,) = run(hooks.LOAD)
    assert (result.loaded, result.deduped) == (2, 0)


def test_where_a_signed_id_is_named_what_repeats_it_is_a_replay(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__HOOKS__ID_FIELD", "id")
    for body in (RAW_BODY, RAW_BODY, CHANGED):
        assert send(client, body) == 200
    assert [(row["event_id"], row["body"]) for row in stored()] == [("generic:17", RAW_BODY)]


def test_an_id_in_a_header_counts_where_it_is_signed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__HOOKS__ID_HEADER", "x-id")
    monkeypatch.setenv("SOURCES__HOOKS__SIGNS", "{id}.{body}")
    for number, body in ((17, RAW_BODY), (17, CHANGED), (18, CHANGED)):
        signed = signature(f"{number}.".encode() + body).hex()
        assert send(client, body, X_Id=str(number), X_Signature=signed) == 200
        # under another id it is no longer what was signed
        assert send(client, body, X_Id="19", X_Signature=signed) == 401
    assert [(row["event_id"], row["body"]) for row in stored()] == [
        ("generic:17", RAW_BODY), ("generic:18", CHANGED),
    ]  # fmt: skip


def test_an_id_in_a_header_that_nobody_signed_drops_no_message(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__HOOKS__ID_HEADER", "x-id")
    for body in (RAW_BODY, CHANGED, RAW_BODY):
        assert send(client, body, X_Id="17") == 200
    assert [row["body"] for row in stored()] == [RAW_BODY, CHANGED]


def test_what_stands_in_a_header_is_no_placeholder(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__HOOKS__ID_HEADER", "x-id")
    monkeypatch.setenv("SOURCES__HOOKS__SIGNS", "{id}{body}")
    signed = signature(RAW_BODY + b"{body}").hex()
    assert send(client, b"", X_Id="{body}", X_Signature=signed) == 400
    assert send(client, RAW_BODY, X_Id="{body}", X_Signature=signed) == 401


def test_senders_are_told_apart_also_where_they_send_the_same(client: Client) -> None:
    body = b'{"id": 1, "data": {"no": 1}}'
    assert send(client, body) == 200
    assert send(client, body, "shop") == 200
    assert [row["event_id"] for row in stored()] == [
        f"generic:body:{sha256(body).hexdigest()}", "shop:1",
    ]  # fmt: skip
    # the secret of one opens no other
    assert (
        send(client, b"{}", "shop", X_Shop_Hmac=base64.b64encode(signature(b"{}")).decode()) == 401
    )


def test_an_unknown_sender_is_not_found(client: Client) -> None:
    assert send(client, b"{}", "nobody") == 404
    assert counted(client, "unknown_source", "unknown")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SECRET", ""), ("ALGORITHM", "md5"), ("SENDERS", '{"shop": "broken"'), ("SIGNS", "nothing")],
)
def test_a_sender_that_is_described_wrongly_is_told_so_without_its_secret(
    client: Client, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"SOURCES__HOOKS__{variable}", value)
    sender = "shop" if variable == "SENDERS" else "generic"
    answer = client.post(f"/webhooks/{sender}", b"{}", {})
    assert answer.status_code == 503
    assert "SOURCES__HOOKS__" in answer.text
    assert SECRET not in answer.text
    assert stored() == []


def test_what_is_signed_is_drained_whatever_it_says(client: Client) -> None:
    bodies = [
        RAW_BODY,
        b'{"id": 2, "event": "never.heard.of", "created_at": 1767225600}',
        b'{"id": 3, "created_at": "2026-01-01T01:00:00+01:00"}',
        b"id=4&event=call.ended&created_at=yesterday",
        b"no JSON at all",
    ]
    assert [send(client, body) for body in bodies] == [200] * 5
    assert send(client, b'{"data": {"no": "a-1"}}', "shop") == 200

    (result,) = run(hooks.LOAD)
    assert (result.seen, result.loaded, result.quarantined) == (6, 5, 1)
    assert in_warehouse(
        "select sender, coalesce(payload ->> 'id', payload -> 'data' ->> 'no'), event,"
        " epoch(occurred_at) from raw_hooks.events order by all"
    ) == [
        ("generic", "17", "order.paid", None),
        ("generic", "2", "never.heard.of", 1767225600.0),
        ("generic", "3", None, 1767225600.0),
        ("generic", "4", "call.ended", None),
        ("shop", "a-1", None, None),
    ]
    (again,) = run(hooks.LOAD)
    assert (again.seen, again.loaded) == (0, 0)


def test_trustmary_signs_nothing_and_is_known_by_the_end_of_its_address(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__TRUSTMARY__WEBHOOK_SECRET", "address-secret")
    body = b'{"answer": {"answer_id": "a1"}}'
    tries = ("", "/address-secre", "/address-secret2", "/ADDRESS-SECRET")
    statuses = [client.post(f"/webhooks/trustmary{end}", body).status_code for end in tries]
    assert statuses == [401, 401, 401, 401]
    assert client.post("/webhooks/trustmary/address-secret", body).status_code == 200
    # the next page of the same answer is another message
    grown = b'{"answer": {"answer_id": "a1", "answer_values": {"feedback": "quick"}}}'
    assert client.post("/webhooks/trustmary/address-secret", grown).json() == {"status": "stored"}
    assert client.post("/webhooks/trustmary/address-secret", body).json() == {"status": "repeated"}
    assert [row["body"] for row in stored()] == [body, grown]
