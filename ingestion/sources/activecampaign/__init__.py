"""ActiveCampaign: contacts, lists, campaigns, automations, and what each contact did with a mail.

The API lists what there is; only contacts can be asked for by change. What one contact did with
one mail is told by the links of campaigns, by reports of the old API, and by webhooks, which tell of
it within seconds. Either half works alone; staging and after it bring both together.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.sources.activecampaign.api import SOURCE, ActiveCampaignSettings, connect
from ingestion.sources.activecampaign.contacts import CONTACTS
from ingestion.sources.activecampaign.hooks import WEBHOOK_EVENTS
from ingestion.sources.activecampaign.listings import LISTINGS
from ingestion.sources.activecampaign.reports import CAMPAIGN_REPORTS, LINK_DATA
from ingestion.toolkit.source import Load
from ingestion.webhooks import inbox

if TYPE_CHECKING:
    from ingestion.toolkit.source import Stream

STREAMS: tuple[Stream, ...] = (WEBHOOK_EVENTS, CONTACTS, *LISTINGS, LINK_DATA, CAMPAIGN_REPORTS)


def _mark_drained(load_id: str) -> None:
    inbox.mark_drained(SOURCE, load_id)


LOAD = Load(
    source=SOURCE,
    settings=ActiveCampaignSettings,
    streams=STREAMS,
    description="E-mail marketing: contacts, campaigns, automations, opens and clicks.",
    owner="data_engineering",
    cron="35 * * * *",
    fresh_within=timedelta(hours=6),
    credentials=("api_token", "base_url"),
    alternative_credentials=("webhook_secret",),
    connect=connect,
    after_load=_mark_drained,
)
