"""The webhooks waiting in the inbox: forms with bracketed names, without an id or a signature."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from ingestion.settings import secret_text
from ingestion.sources.activecampaign.api import SOURCE, moment
from ingestion.toolkit.source import Stream
from ingestion.webhooks import inbox
from ingestion.webhooks.bodies import form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Kept, Page, Reader


def read_webhook_events(reader: Reader) -> Iterator[Page]:
    """Drain the inbox; a rebuilt warehouse gets everything that ever came."""
    if not secret_text(reader.settings.webhook_secret):
        reader.note("no webhook secret is set: ActiveCampaign cannot push")
    inbox.claim(SOURCE, reader.load_id, everything=not reader.known)
    for messages in inbox.claimed(SOURCE, reader.load_id):
        yield [row for message in messages if (row := _row(reader, message))]


def reread_webhook_event(reader: Reader, kept: Kept) -> Iterator[Page]:
    """Yield the row of a message that was refused before, where it is understood now."""
    if row := _row(reader, inbox.again(SOURCE, kept)):
        yield [row]


def _row(reader: Reader, message: dict[str, Any]) -> dict[str, Any] | None:
    try:
        payload = form(message["body"])
    except ValueError:
        reader.reject(message["body"], "no form", message["event_id"])
        return None
    event = payload.get("type")
    if not isinstance(event, str) or not event:
        reader.reject(message["body"], "type missing", message["event_id"])
        return None
    return {
        "event_id": message["event_id"],
        "event": event,
        "occurred_at": moment(payload.get("date_time"), reader.settings.time_zone),
        "received_at": message["received_at"].replace(tzinfo=UTC),
        "contact_id": _id_in(payload, "contact"),
        "campaign_id": _id_in(payload, "campaign"),
        "payload": payload,
    }


def _id_in(payload: dict[str, Any], name: str) -> Any:
    inner = payload.get(name)
    found = inner.get("id") if isinstance(inner, dict) else None
    return found if found not in ("", "0") else None


WEBHOOK_EVENTS = Stream(
    name="webhook_events",
    primary_key=("event_id",),
    columns={
        "event_id": "text",
        "event": "text",
        "occurred_at": "timestamp",
        "received_at": "timestamp",
        "contact_id": "text",
        "campaign_id": "text",
        "payload": "json",
    },
    description="Webhooks that came to the secret address, one row per distinct body.",
    read=read_webhook_events,
    reread=reread_webhook_event,
)
