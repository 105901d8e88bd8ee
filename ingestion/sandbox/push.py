"""The webhooks of the company's new days, sent to a running receiver.

They arrive slightly out of order, some of them twice, and are sent again when the receiver does not
answer with success. The same world sends the same requests. tawk.to signs its own; ActiveCampaign
knows a secret address instead.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import zlib
from typing import TYPE_CHECKING

import duckdb
import httpx
import numpy as np

from ingestion.sandbox import credentials, mailing_push, tawk_objects
from ingestion.sandbox.world import load_world
from ingestion.sandbox.world.clock import seconds
from ingestion.sandbox.world.draws import Chance

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date
    from pathlib import Path

SOURCES = ("tawk", "activecampaign")
TRIES = 4
FIRST_PAUSE = 0.2
TIMEOUT = 30
TWICE = 0.05
# how far from its place in time a webhook may arrive
SHUFFLED_MS = 90_000


def signature(body: bytes) -> str:
    """Return the signature of a body: HMAC-SHA1 with the property's secret, in hexadecimal."""
    secret = credentials.TAWK_WEBHOOK_SECRET.encode()
    return hmac.new(secret, body, hashlib.sha1).hexdigest()


def webhooks(folder: Path, since: date) -> Iterator[tuple[str, bytes]]:
    """Yield the id and the body of each webhook since a day, in the order of arrival.

    One of twenty or so comes twice, which is how a vendor repeats what it got no answer to.
    """
    world = load_world(folder)
    with duckdb.connect(":memory:") as database:
        tawk_objects.prepare(database, folder, world)
        events = tawk_objects.rows(
            database,
            "select * from webhooks where time_ms >= ? and time_ms < ? order by time_ms, event_id",
            [seconds(since) * 1000, world.now_ms],
        )
        chats = _by_id(database, "chats", "chat_id", events)
        tickets = _by_id(database, "tickets", "ticket_id", events)
        messages = tawk_objects.messages_of(database, list(chats.values()))
    chance = Chance(world.seed)
    places = np.array([zlib.crc32(event["event_id"].encode()) for event in events])
    shift = chance.uniform("push order", places)
    is_twice = chance.uniform("push twice", places) < TWICE
    sent = []
    for event, moved, again in zip(events, shift, is_twice, strict=True):
        chat, ticket = chats.get(event["chat_id"]), tickets.get(event["ticket_id"])
        payload = tawk_objects.hook(event, chat, messages.get(event["chat_id"], []), ticket)
        body = json.dumps(payload, ensure_ascii=False).encode()
        arrival = event["time_ms"] + moved * SHUFFLED_MS
        sent.append((arrival, event["event_id"], body))
        if again:
            sent.append((arrival + SHUFFLED_MS, event["event_id"], body))
    for _, event_id, body in sorted(sent):
        yield event_id, body


def _by_id(
    database: duckdb.DuckDBPyConnection, table: str, key: str, events: list[dict[str, object]]
) -> dict[object, dict[str, object]]:
    ids = sorted({str(event[key]) for event in events if event[key]})
    query = f"select * from {table} where {key} in (select unnest(?))"  # noqa: S608
    return {row[key]: row for row in tawk_objects.rows(database, query, [ids])}


def push(folder: Path, *, since: date, receiver: str, sources: Collection[str] = SOURCES) -> int:
    """Send the webhooks of the days since ``since`` to ``{receiver}/webhooks/…``.

    Args:
        folder: Where the world lives.
        since: First day whose webhooks are sent; those of the world's today are not there yet.
        receiver: Base URL of the receiver.
        sources: Whose webhooks are sent.

    Returns:
        How many distinct webhooks the receiver accepted.
    """
    accepted = set()
    with httpx.Client(timeout=TIMEOUT) as client:
        if "tawk" in sources:
            for event_id, body in webhooks(folder, since):
                headers = {
                    "Content-Type": "application/json",
                    "X-Hook-Event-Id": event_id,
                    "X-Tawk-Signature": signature(body),
                }
                if _deliver(client, f"{receiver}/webhooks/tawk", body, headers):
                    accepted.add(event_id.encode())
        if "activecampaign" in sources:
            key = credentials.ACTIVECAMPAIGN_WEBHOOK_SECRET
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            for body in mailing_push.webhooks(folder, since):
                if _deliver(client, f"{receiver}/webhooks/activecampaign/{key}", body, headers):
                    accepted.add(body)
    return len(accepted)


def _deliver(client: httpx.Client, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
    for attempt in range(TRIES):
        if attempt:
            time.sleep(FIRST_PAUSE * 2**attempt)
        try:
            if client.post(url, content=body, headers=headers).is_success:
                return True
        except httpx.HTTPError:
            continue
    return False
