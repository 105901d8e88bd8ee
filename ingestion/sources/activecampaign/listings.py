"""What ActiveCampaign can only list in full, because it has no filter by change.

Each run reads small listings. Those that grow with the number of contacts are read once a day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.settings import secret_text
from ingestion.sources.activecampaign.api import listing, moment
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader

LIST_IN_FULL_EVERY = timedelta(days=1)
CREATED = ("cdate", "adddate", "sdate", "created_timestamp")
UPDATED = ("udate", "mdate", "lastdate", "updated_timestamp")


def has_api(reader: Reader) -> bool:
    """Tell whether there is a token; note where there is none."""
    if secret_text(reader.settings.api_token):
        return True
    reader.note("no API token is set: webhooks only")
    reader.partial()
    return False


def is_due(reader: Reader) -> bool:
    """Return whether a full listing is to be read: once a day."""
    listed = reader.state.get("listed_in_full_on")
    return (
        not reader.known
        or reader.from_date is not None
        or listed is None
        or reader.today - date.fromisoformat(listed) >= LIST_IN_FULL_EVERY
    )


def _first(record: dict[str, Any], names: tuple[str, ...], zone: str) -> Any:
    return next((found for name in names if (found := moment(record.get(name), zone))), None)


def _listed(
    name: str, path: str, description: str, *, daily: bool = False, keep: str | None = None
) -> Stream:
    """Return the stream of a listing.

    Args:
        name: Name of the table.
        path: The API's name, in the address and in the answer.
        description: What a row is.
        daily: Read once a day instead of in each run.
        keep: Name under which later streams of the run find the records.
    """

    def read(reader: Reader) -> Iterator[Page]:
        if not has_api(reader):
            return
        if daily and not is_due(reader):
            reader.partial()
            reader.note("was listed today")
            return
        kept: list[dict[str, Any]] = []
        for found in listing(reader, path):
            page = records(reader, found)
            if keep:
                kept += page
            yield [_row(reader, record) for record in page]
        if keep:
            reader.shared[keep] = kept
        reader.state["listed_in_full_on"] = reader.today.isoformat()

    return Stream(
        name=name,
        primary_key=("id",),
        columns={
            "id": "text",
            "created_at": "timestamp",
            "updated_at": "timestamp",
            "payload": "json",
        },
        description=description,
        read=read,
        newest_by="updated_at",
        lists_everything=True,
    )


def _row(reader: Reader, record: dict[str, Any]) -> dict[str, Any]:
    zone = reader.settings.time_zone
    created = _first(record, CREATED, zone)
    return {
        "id": record.get("id"),
        "created_at": created,
        "updated_at": _first(record, UPDATED, zone) or created,
        "payload": record,
    }


LISTINGS = (
    _listed("lists", "lists", "A mailing list."),
    _listed("tags", "tags", "A tag that contacts are given."),
    _listed("messages", "messages", "What is written in a mail."),
    _listed("automations", "automations", "A sequence of steps that contacts go through."),
    _listed("campaigns", "campaigns", "A mailing, with its totals.", keep="campaigns"),
    _listed("links", "links", "A link in a campaign, with its totals.", keep="links"),
    _listed("deals", "deals", "A possible or closed sale."),
    _listed("contact_lists", "contactLists", "A contact's place on a list.", daily=True),
    _listed("contact_tags", "contactTags", "A tag that a contact was given.", daily=True),
    _listed(
        "contact_automations",
        "contactAutomations",
        "A contact's way through an automation.",
        daily=True,
    ),
    _listed("bounce_logs", "bounceLogs", "A mail that came back.", daily=True),
)
