"""Contacts, companies, deals and tickets: a full listing once a day, and changes in between.

The search for changes lags behind the records by up to an hour. It does not show archived, erased or
merged ones. So each run reads the last day again and lists what is archived. A full listing once a day
shows which records are gone and the new values of calculated properties, which change without a trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.records.times import parse_time, time_or_raw
from ingestion.sources.hubspot.api import (
    is_archived,
    list_objects,
    modified_at,
    naming_scope,
    property_names,
    to_milliseconds,
)
from ingestion.sources.hubspot.search import Search
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader

LOOK_BACK = timedelta(hours=24)
LIST_IN_FULL_EVERY = timedelta(days=1)


@dataclass
class Touched:
    """The live objects of a type that this run has read, for the associations.

    Args:
        since: All that changed from this moment on is among them; None: all there are.
        until: How far the read came; None while it has not ended.
        ids: Their ids in the order of reading.
    """

    since: datetime | None
    until: datetime | None = None
    ids: dict[str, None] = field(default_factory=dict)


def objects(kind: str, description: str) -> Stream:
    """Return the stream of an object type."""

    def read(reader: Reader) -> Iterator[Page]:
        with naming_scope(kind):
            yield from _read(reader, kind)

    return Stream(
        name=kind,
        primary_key=("id",),
        columns={
            "id": "text",
            "created_at": "timestamp",
            "updated_at": "timestamp",
            "archived": "bool",
            "properties": "json",
        },
        description=description,
        read=read,
        newest_by="updated_at",
        lists_everything=True,
    )


def _read(reader: Reader, kind: str) -> Iterator[Page]:
    names = property_names(reader.client, kind)
    reached = reader.state.get("changed_until")
    newest = None if reached is None else parse_time(reached)
    since = None if newest is None or _lists_in_full(reader) else newest - LOOK_BACK
    touched = reader.shared[kind] = Touched(since)
    if since is None:
        found = list_objects(reader.client, kind, names, archived=False)
    else:
        reader.partial()
        reader.window(since, reader.now)
        found = Search(reader, kind, names).changed_since(to_milliseconds(since))
    for results in found:
        page = list(_wanted(reader, kind, results))
        touched.ids.update((str(row["id"]), None) for row in page if str(row["id"]).isdigit())
        moments = [modified_at(row, kind) for row in page]
        newest = max([m for m in (*moments, newest) if m is not None], default=None)
        yield page
    for results in list_objects(reader.client, kind, names, archived=True):
        yield list(_wanted(reader, kind, results))
    if since is None:
        reader.state["listed_in_full_on"] = reader.today.isoformat()
    # a date in the future must not keep later changes out
    touched.until = min(newest or reader.now, reader.now)
    reader.state["changed_until"] = touched.until.isoformat()


def _lists_in_full(reader: Reader) -> bool:
    listed = reader.state.get("listed_in_full_on")
    return (
        not reader.known
        or reader.from_date is not None
        or listed is None
        or reader.today - date.fromisoformat(listed) >= LIST_IN_FULL_EVERY
    )


def _wanted(reader: Reader, kind: str, results: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield rows; records that nobody has changed since before the start date are left out."""
    start = reader.settings.start_date
    for record in records(reader, results):
        if not isinstance(record.get("properties"), dict):
            reader.reject(record, "properties: not an object", str(record.get("id")))
            continue
        changed = modified_at(record, kind)
        if start is not None and changed is not None and changed.date() < start:
            reader.note(f"records last changed before {start} are left out")
            continue
        yield to_row(record)


def to_row(record: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a record; archiving counts as its last change."""
    updated_at = time_or_raw(record.get("updatedAt"))
    archived_at = time_or_raw(record.get("archivedAt")) if is_archived(record) else None
    if isinstance(updated_at, datetime) and isinstance(archived_at, datetime):
        updated_at = max(updated_at, archived_at)
    return {
        "id": record.get("id"),
        "created_at": time_or_raw(record.get("createdAt")),
        "updated_at": updated_at,
        "archived": is_archived(record),
        "properties": record["properties"],
    }
