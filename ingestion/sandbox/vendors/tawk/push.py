"""The webhooks of a world's new days, as tawk.to sends them: signed, slightly out of order, some twice."""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from ingestion.sandbox import credentials
from ingestion.sandbox.common import rows
from ingestion.sandbox.company.clock import seconds
from ingestion.sandbox.company.draws import Chance
from ingestion.sandbox.company.folder import load_world
from ingestion.sandbox.vendors.tawk import objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

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
        objects.prepare(database, folder, world)
        events = rows(
            database,
            "select * from webhooks where time_ms >= ? and time_ms < ? order by time_ms, event_id",
            [seconds(since) * 1000, world.now_ms],
        )
        chats = _by_id(database, "chats", "chat_id", events)
        tickets = _by_id(database, "tickets", "ticket_id", events)
        messages = objects.messages_of(database, list(chats.values()))
    chance = Chance(world.seed)
    places = np.array([zlib.crc32(event["event_id"].encode()) for event in events])
    shift = chance.uniform("push order", places)
    is_twice = chance.uniform("push twice", places) < TWICE
    sent = []
    for event, moved, again in zip(events, shift, is_twice, strict=True):
        chat, ticket = chats.get(event["chat_id"]), tickets.get(event["ticket_id"])
        payload = objects.hook(event, chat, messages.get(event["chat_id"], []), ticket)
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
    return {row[key]: row for row in rows(database, query, [ids])}
