"""HubSpot: contacts, companies, deals, tickets, owners, and which of them belong together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.sources.hubspot.api import HubSpotSettings, connect, naming_scope, pages
from ingestion.sources.hubspot.associations import read_associations
from ingestion.sources.hubspot.objects import objects
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Load, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader


def read_owners(reader: Reader) -> Iterator[Page]:
    """Yield all owners, those who have left included."""
    with naming_scope("owners"):
        for archived in (False, True):
            asked = {"archived": str(archived).lower()}
            for results in pages(reader.client, "/crm/v3/owners/", asked, "owners"):
                yield [
                    {"id": record.get("id"), "archived": archived, "payload": record}
                    for record in records(reader, results)
                ]


LOAD = Load(
    source="hubspot",
    settings=HubSpotSettings,
    streams=(
        objects("contacts", "A person in the CRM."),
        objects("companies", "A company in the CRM."),
        objects("deals", "A possible or closed sale."),
        objects("tickets", "A request that the service team handles."),
        Stream(
            name="owners",
            primary_key=("id",),
            columns={"id": "text", "archived": "bool", "payload": "json"},
            description="A HubSpot user who can own records.",
            read=read_owners,
        ),
        Stream(
            name="associations",
            primary_key=(
                "from_object_type",
                "from_object_id",
                "to_object_type",
                "to_object_id",
            ),
            columns={
                "from_object_type": "text",
                "from_object_id": "text",
                "to_object_type": "text",
                "to_object_id": "text",
                "from_key": "text",
                "types": "json",
            },
            description="A link between two objects, as seen from the first.",
            read=read_associations,
            replace_by="from_key",
            lists_everything=True,
        ),
    ),
    description="Contacts, companies, deals and tickets of the CRM",
    owner="data_engineering",
    cron="20 * * * *",
    fresh_within=timedelta(hours=6),
    credentials=("access_token",),
    connect=connect,
)
