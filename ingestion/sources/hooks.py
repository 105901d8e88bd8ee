"""Hooks: messages that any vendor pushes and signs, kept as they came.

The receiver checks signatures with this source's settings (`ingestion/webhooks/signatures.py`). This
module drains the inbox into one table, one row per message, for your own models.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.records.times import time_or_raw
from ingestion.settings import secret_text
from ingestion.toolkit.source import Load, Reader, SourceSettings, Stream
from ingestion.webhooks import inbox
from ingestion.webhooks.signatures import GENERIC, Signed, content, described, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Kept

SOURCE = "hooks"


@configspec
class HooksSettings(SourceSettings):
    """How the sender ``generic`` signs, and further senders; see ``Signed`` for each."""

    secret: TSecretStrValue | None = None
    senders: TSecretStrValue | None = None
    header: str = "x-signature"
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signs: str = "{body}"
    timestamp_header: str = ""
    tolerance_seconds: int = 300
    id_header: str = ""
    id_field: str = ""
    event_field: str = "event"
    time_field: str = "created_at"

    def check(self) -> None:
        """Refuse descriptions that no signature could meet."""
        self.generic().check("SOURCES__HOOKS__…")
        described(secret_text(self.senders), "SOURCES__HOOKS__SENDERS")

    def generic(self) -> Signed:
        """Return how the sender ``generic`` signs."""
        return Signed(
            header=self.header,
            algorithm=self.algorithm,
            encoding=self.encoding,
            prefix=self.prefix,
            signs=self.signs,
            timestamp_header=self.timestamp_header,
            tolerance_seconds=self.tolerance_seconds,
            id_header=self.id_header,
            id_field=self.id_field,
            event_field=self.event_field,
            time_field=self.time_field,
        )


def read_events(reader: Reader) -> Iterator[list[dict[str, Any]]]:
    """Drain the inbox; a rebuilt warehouse gets everything that ever came."""
    known = _senders(reader)
    inbox.claim(SOURCE, reader.load_id, everything=not reader.known)
    for messages in inbox.claimed(SOURCE, reader.load_id):
        yield [row for message in messages if (row := _row(reader, known, message))]


def reread(reader: Reader, kept: Kept) -> Iterator[list[dict[str, Any]]]:
    """Yield the row of a message that was refused before, where it is understood now."""
    if row := _row(reader, _senders(reader), inbox.again(SOURCE, kept)):
        yield [row]


def _senders(reader: Reader) -> dict[str, Signed]:
    senders = described(secret_text(reader.settings.senders), "SOURCES__HOOKS__SENDERS")
    return {GENERIC: reader.settings.generic()} | {
        name: signed for name, (signed, _) in senders.items()
    }


def _row(
    reader: Reader, known: dict[str, Signed], message: dict[str, Any]
) -> dict[str, Any] | None:
    sender, _, event_id = message["event_id"].partition(":")
    payload = content(message["body"])
    if payload is None:
        reader.reject(message["body"], "neither JSON nor a form", message["event_id"])
        return None
    # a sender whose description was taken out of the settings is still read, by the defaults
    signed = known.get(sender, Signed())
    return {
        "sender": sender,
        "event_id": event_id,
        "event": text_at(payload, signed.event_field) or None,
        "occurred_at": _moment(text_at(payload, signed.time_field)),
        "received_at": message["received_at"].replace(tzinfo=UTC),
        "payload": payload,
    }


def _moment(text: str) -> object:
    """Return a moment, or None: what a free field holds is no reason to refuse a message."""
    # seconds since 1970 are as common as milliseconds
    found = time_or_raw(f"{text}000" if text.isdigit() and len(text) == len("1767225600") else text)
    return None if isinstance(found, str) else found


def _mark_drained(load_id: str) -> None:
    inbox.mark_drained(SOURCE, load_id)


LOAD = Load(
    source=SOURCE,
    settings=HooksSettings,
    streams=(
        Stream(
            name="events",
            primary_key=("sender", "event_id"),
            columns={
                "sender": "text",
                "event_id": "text",
                "event": "text",
                "occurred_at": "timestamp",
                "received_at": "timestamp",
                "payload": "json",
            },
            description="Signed messages of any sender, one row per sender and message.",
            read=read_events,
            reread=reread,
        ),
    ),
    description="Signed webhooks of any vendor, kept as they came.",
    owner="data_engineering",
    cron="*/15 * * * *",
    fresh_within=timedelta(days=7),
    credentials=("secret",),
    alternative_credentials=("senders",),
    connect=None,
    after_load=_mark_drained,
)
