"""The variables that make the sources speak to the sandbox instead of the vendors."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.sandbox import credentials
from ingestion.sandbox.world import load_world
from ingestion.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

# a start date lies before the company's first day, as people set it
MARGIN = timedelta(days=7)


def environment(base_url: str, folder: Path | None = None) -> dict[str, str]:
    """Return the settings of all sources for a sandbox.

    Args:
        base_url: Where the sandbox answers, e.g. ``http://127.0.0.1:8700``.
        folder: Where its world lives; by default the one of this data folder.
    """
    start = (load_world(folder or settings().sandbox).start - MARGIN).isoformat()
    fields = {
        "mixpanel": {
            "base_url": f"{base_url}/mixpanel/data",
            "query_base_url": f"{base_url}/mixpanel/query",
            "project_id": str(credentials.MIXPANEL_PROJECT_ID),
            "service_account_username": credentials.MIXPANEL_USERNAME,
            "service_account_secret": credentials.MIXPANEL_SECRET,
            "start_date": start,
        },
        "chartmogul": {
            "base_url": f"{base_url}/chartmogul/v1",
            "api_key": credentials.CHARTMOGUL_API_KEY,
            "start_date": start,
        },
        "tawk": {
            "base_url": f"{base_url}/tawk/v1",
            "api_key": credentials.TAWK_API_KEY,
            "property_id": credentials.TAWK_PROPERTY_ID,
            "webhook_secret": credentials.TAWK_WEBHOOK_SECRET,
        },
        "hubspot": {
            "base_url": f"{base_url}/hubspot",
            "access_token": credentials.HUBSPOT_ACCESS_TOKEN,
            "start_date": start,
        },
    }
    return {
        f"SOURCES__{source.upper()}__{name.upper()}": value
        for source, values in fields.items()
        for name, value in values.items()
    }
