"""Google Analytics 4: the events of its export as files, and the daily figures of its Data API."""

from __future__ import annotations

from datetime import timedelta

from ingestion.sources.ga4.api import Ga4Settings, connect
from ingestion.sources.ga4.events import EVENTS
from ingestion.sources.ga4.reports import REPORTS
from ingestion.toolkit.source import Load

LOAD = Load(
    source="ga4",
    settings=Ga4Settings,
    streams=(EVENTS, REPORTS),
    description="Visits of the websites, forms and bookings that the tag manager reports",
    owner="data_engineering",
    cron="45 6 * * *",
    fresh_within=timedelta(hours=60),
    credentials=("export_folder",),
    alternative_credentials=("property_id", "api_credentials"),
    connect=connect,
)
