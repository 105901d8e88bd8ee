"""Mixpanel: the raw event export and the profiles, with a service account."""

from __future__ import annotations

from datetime import timedelta

from ingestion.sources.mixpanel.api import MixpanelSettings, connect
from ingestion.sources.mixpanel.events import EXPORT_EVENTS
from ingestion.sources.mixpanel.profiles import ENGAGE_PROFILES
from ingestion.toolkit.source import Load

LOAD = Load(
    source="mixpanel",
    settings=MixpanelSettings,
    streams=(EXPORT_EVENTS, ENGAGE_PROFILES),
    description="What people do in the product and on the website",
    owner="data_engineering",
    cron="15 5 * * *",
    fresh_within=timedelta(hours=30),
    credentials=("project_id", "service_account_username", "service_account_secret"),
    connect=connect,
)
