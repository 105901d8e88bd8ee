"""Contacts: reads changed ones in each run and all of them once a day, because deleted ones just vanish."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ingestion.records.times import parse_time
from ingestion.sources.activecampaign.api import by_id, moment
from ingestion.sources.activecampaign.listings import has_api, is_due
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader

LOOK_BACK = timedelta(days=1)


def read_contacts(reader: Reader) -> Iterator[Page]:
    """Yield contacts by id: what changed since the last read, with a look-back, or all."""
    if not has_api(reader):
        return
    reached = reader.state.get("changed_until")
    newest = None if reached is None else parse_time(reached)
    asked = {}
    if newest is not None and not is_due(reader):
        since = newest - LOOK_BACK
        asked = {"filters[updated_after]": since.isoformat(timespec="seconds")}
        reader.partial()
        reader.window(since, reader.now)
    for found in by_id(reader, "contacts", asked):
        page = [_row(reader, record) for record in records(reader, found)]
        moments = [row["updated_at"] for row in page]
        newest = max([m for m in (*moments, newest) if m is not None], default=None)
        yield page
    if not asked:
        reader.state["listed_in_full_on"] = reader.today.isoformat()
    # a date in the future must not keep later changes out
    reader.state["changed_until"] = min(newest or reader.now, reader.now).isoformat()


def _row(reader: Reader, record: dict[str, Any]) -> dict[str, Any]:
    zone = reader.settings.time_zone
    in_utc = moment(record.get("updated_utc_timestamp"), "UTC")
    return {
        "id": record.get("id"),
        "created_at": moment(record.get("cdate"), zone),
        "updated_at": in_utc or moment(record.get("udate"), zone),
        "payload": record,
    }


CONTACTS = Stream(
    name="contacts",
    primary_key=("id",),
    columns={"id": "text", "created_at": "timestamp", "updated_at": "timestamp", "payload": "json"},
    description="A person who is or was written to.",
    read=read_contacts,
    newest_by="updated_at",
    lists_everything=True,
)
