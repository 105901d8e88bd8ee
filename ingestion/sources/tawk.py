"""tawk.to: chats and tickets, pushed by webhook and listed by the REST API.

Webhooks tell of a chat within seconds but are sent for twelve hours at most, and never tell of
deletions or of what becomes of a ticket. The REST API (given by tawk.to on request) fills both gaps.
Either half works alone. What both say about one chat is brought together in staging.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http.auth import BasicAuth
from ingestion.http.client import Client
from ingestion.http.rate_limits import Budget
from ingestion.records.json_text import loads
from ingestion.records.times import add_months, time_or_raw
from ingestion.settings import secret_text
from ingestion.toolkit.source import Kept, Load, Reader, SourceSettings, Stream
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    Row = dict[str, Any]

SOURCE = "tawk"
# a chat goes on for a while after its first answer, and a ticket longer: read again what changed
LOOK_BACK = timedelta(days=14)
# how far back the first load goes; `kette load tawk --from` reaches further
FIRST_MONTHS = 24
WINDOW = timedelta(days=366)
# what is asked for; the vendor may give fewer
PAGE_SIZE = 500
# the smallest cap on a page that is known: a page that repeats and is as long may hide more
SMALLEST_CAP = 50
# a page may be delivered twice by mistake; twice in a row it is how this listing ends
STALE_PAGES = 2
SHORTEST_WINDOW = timedelta(minutes=10)
CHECKPOINT_ROWS = 20_000
# (dateType, sort, more): what was created and what was updated, since long listings shift while
# they are read; deleted ones are listed when asked for
PASSES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("cso", "co-old-new", {}),
    ("cuo", "uo-old-new", {}),
    ("cuo", "uo-old-new", {"deleted": True}),
)
# which id each event must carry
EVENTS = {
    "chat:start": "chat",
    "chat:end": "chat",
    "chat:transcript_created": "chat",
    "ticket:create": "ticket",
}


@configspec
class TawkSettings(SourceSettings):
    """The REST API's key and property, the webhook's secret, or both."""

    base_url: str = ""
    api_key: TSecretStrValue | None = None
    property_id: str = ""
    webhook_secret: TSecretStrValue | None = None

    def check(self) -> None:
        """Refuse a key without the property it is for."""
        if secret_text(self.api_key) and not self.property_id:
            raise KetteError(
                "it is not set, but the API key is",
                where="SOURCES__TAWK__PROPERTY_ID",
                fix="Take it from the widget's code: embed.tawk.to/<property id>/…",
            )


def connect(settings: TawkSettings) -> Client | None:
    """Return a client of the REST API, or None where there is no key to it."""
    if not secret_text(settings.api_key):
        return None
    # the API refuses more than a few requests a second
    return Client(
        SOURCE,
        settings.base_url,
        BasicAuth(settings.api_key),
        budgets=(Budget(3, 1, "tawk/second"),),
    )


def read_webhook_events(reader: Reader) -> Iterator[list[Row]]:
    """Drain the inbox; a rebuilt warehouse gets everything that ever came."""
    if not secret_text(reader.settings.webhook_secret):
        reader.note("no webhook secret is set: tawk.to cannot push")
    inbox.claim(SOURCE, reader.load_id, everything=not reader.known)
    for messages in inbox.claimed(SOURCE, reader.load_id):
        yield [row for message in messages if (row := _event_row(reader, message))]


def _event_row(reader: Reader, message: Row) -> Row | None:
    try:
        payload = loads(message["body"])
    except (ValueError, RecursionError):
        reader.reject(message["body"], "no JSON", message["event_id"])
        return None
    event = payload.get("event") if isinstance(payload, dict) else None
    kind = EVENTS.get(event) if isinstance(event, str) else None
    if kind is None:
        reader.reject(payload, "unknown event type", message["event_id"])
        return None
    ids = {"chat": payload.get("chatId") or _in(payload, "chat", "id")}
    ids["ticket"] = _in(payload, "ticket", "id")
    if not ids[kind]:
        reader.reject(payload, f"{kind} id missing", message["event_id"])
        return None
    return {
        "event_id": message["event_id"],
        "event": event,
        "occurred_at": time_or_raw(payload.get("time")),
        "received_at": message["received_at"].replace(tzinfo=UTC),
        "chat_id": ids["chat"],
        "ticket_id": ids["ticket"],
        "payload": payload,
    }


def reread_webhook_event(reader: Reader, kept: Kept) -> Iterator[list[Row]]:
    """Yield the row of a message that was refused before, where it is understood now."""
    if row := _event_row(reader, inbox.again(SOURCE, kept)):
        yield [row]


def read_chats(reader: Reader) -> Iterator[list[Row]]:
    """List the chats with their messages."""
    return _listed(reader, "chat")


def read_tickets(reader: Reader) -> Iterator[list[Row]]:
    """List the tickets."""
    return _listed(reader, "ticket")


def _listed(reader: Reader, kind: str) -> Iterator[list[Row]]:
    if not secret_text(reader.settings.api_key):
        reader.note("no API key is set: webhooks only")
        return
    start, end = _range(reader)
    reader.window(start.date(), end.date())
    since_checkpoint = 0
    while start < end:
        until = min(start + WINDOW, end)
        for date_type, sort, more in PASSES:
            asked = {"dateType": date_type, "sort": sort, **more}
            reader.progress(f"{SOURCE} {kind}s {start:%Y-%m-%d} to {until:%Y-%m-%d}")
            for items in _window(reader, kind, asked, (start, until)):
                since_checkpoint += len(items)
                yield [row for item in items if (row := _row(reader, kind, item))]
        start = until
        if reader.from_date is None:
            reader.state["read_until"] = until.isoformat()
            if since_checkpoint >= CHECKPOINT_ROWS:
                reader.checkpoint()
                since_checkpoint = 0


def _range(reader: Reader) -> tuple[datetime, datetime]:
    """Return the span to read."""
    if reader.from_date is not None:
        last = (reader.to_date or reader.today) + timedelta(days=1)
        return _midnight(reader.from_date), min(_midnight(last), reader.now)
    if reader.known and (read_until := reader.state.get("read_until")):
        return min(datetime.fromisoformat(read_until), reader.now) - LOOK_BACK, reader.now
    return _midnight(add_months(reader.today, -FIRST_MONTHS)), reader.now


def _window(
    reader: Reader, kind: str, asked: Mapping[str, Any], span: tuple[datetime, datetime]
) -> Iterator[list[Any]]:
    """Yield the pages of a span until there are none, or two in a row bring nothing new.

    The listing may show the same items on every page. Then a full page hides what else there is,
    and each half of the span is read on its own.
    """
    start, end = span
    known: set[str] = set()
    fresh_pages = stale_pages = 0
    for page in itertools.count():
        items = _page(reader, kind, {**asked, "page": page}, span)
        if not items:
            return
        yield items
        before = len(known)
        known.update(str(_id(item, kind)) for item in items)
        if len(known) > before:
            fresh_pages, stale_pages = fresh_pages + 1, 0
        else:
            stale_pages += 1
        if stale_pages == STALE_PAGES:
            break
    if fresh_pages == 1 and len(known) >= SMALLEST_CAP and end - start > SHORTEST_WINDOW:
        middle = start + (end - start) / 2
        yield from _window(reader, kind, asked, (start, middle))
        yield from _window(reader, kind, asked, (middle, end))


def _page(
    reader: Reader, kind: str, asked: Mapping[str, Any], span: tuple[datetime, datetime]
) -> list[Any]:
    start, end = span
    answer = reader.client.post(
        f"{kind}.list",
        {
            "propertyId": reader.settings.property_id,
            "startDate": f"{start:%Y-%m-%dT%H:%M:%SZ}",
            "endDate": f"{end:%Y-%m-%dT%H:%M:%SZ}",
            "size": PAGE_SIZE,
            **asked,
        },
    ).json()
    items = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(items, list):
        raise IncompleteAnswerError(
            "the answer holds no list of data",
            where=f"{SOURCE} {kind}s",
            fix="Run again later; what was loaded stays",
        )
    return items


def _row(reader: Reader, kind: str, item: Any) -> Row | None:
    if not isinstance(item, dict):
        reader.reject(item, "no object")
        return None
    created = time_or_raw(item.get("createdOn"))
    return {
        "property_id": item.get("propertyId") or reader.settings.property_id,
        f"{kind}_id": _id(item, kind),
        "created_at": created,
        "updated_at": time_or_raw(item.get("updatedOn")) or created,
        "payload": item,
    }


def _id(item: Any, kind: str) -> Any:
    if not isinstance(item, dict):
        return None
    return item.get("id") or item.get(f"{kind}Id") or _in(item, kind, "id")


def _in(item: Row, name: str, field: str) -> Any:
    inner = item.get(name)
    return inner.get(field) if isinstance(inner, dict) else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _mark_drained(load_id: str) -> None:
    inbox.mark_drained(SOURCE, load_id)


def _listing(kind: str, description: str, read: Callable[[Reader], Iterator[list[Row]]]) -> Stream:
    return Stream(
        name=f"{kind}s",
        primary_key=("property_id", f"{kind}_id"),
        required=("created_at",),
        columns={
            "property_id": "text",
            f"{kind}_id": "text",
            "created_at": "timestamp",
            "updated_at": "timestamp",
            "payload": "json",
        },
        description=description,
        read=read,
        newest_by="updated_at",
    )


LOAD = Load(
    source=SOURCE,
    settings=TawkSettings,
    streams=(
        Stream(
            name="webhook_events",
            primary_key=("event_id",),
            required=("event",),
            columns={
                "event_id": "text",
                "event": "text",
                "occurred_at": "timestamp",
                "received_at": "timestamp",
                "chat_id": "text",
                "ticket_id": "text",
                "payload": "json",
            },
            description="Webhooks with a valid signature, one row per event id.",
            read=read_webhook_events,
            reread=reread_webhook_event,
        ),
        _listing(
            "chat", "Chats with their messages from the REST API, one row per chat.", read_chats
        ),
        _listing("ticket", "Tickets from the REST API, one row per ticket.", read_tickets),
    ),
    description="Live chat: chats with their messages, and tickets.",
    owner="data_engineering",
    cron="*/15 * * * *",
    fresh_within=timedelta(hours=2),
    credentials=("api_key", "property_id"),
    alternative_credentials=("webhook_secret",),
    connect=connect,
    after_load=_mark_drained,
)
