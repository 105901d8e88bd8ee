"""Google Ads' tables: one row per campaign and day in Berlin time, as shown now."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, REAL, TEXT

TABLES = {
    # Days that are over on which a campaign ran. Clicks that turn out to be invalid are taken back
    # within four weeks; sign-ups are dated to the click, up to thirty days before they happen.
    "google_ads/campaign_days": {
        "date": TEXT,  # YYYY-MM-DD
        "campaign_id": TEXT,
        "campaign_name": TEXT,
        "channel_type": TEXT,  # SEARCH, PERFORMANCE_MAX
        "status": TEXT,  # ENABLED, PAUSED
        "impressions": INT,
        "clicks": INT,
        "cost_micros": INT,
        "conversions": REAL,  # a click may have a share in a sign-up
        "conversions_value": REAL,
        "view_through_conversions": INT,
    },
}
