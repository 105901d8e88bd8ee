"""Meta's tables: one row per ad and day in Berlin time, as shown now."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT, TEXT

TABLES = {
    # Days that are over. Clicks that turn out to be invalid are taken back within four weeks;
    # registrations are dated to the click, up to seven days before they happen.
    "meta_ads/insights": {
        "date": TEXT,  # YYYY-MM-DD
        "campaign_id": TEXT,
        "campaign_name": TEXT,
        "adset_id": TEXT,
        "adset_name": TEXT,
        "ad_id": TEXT,
        "ad_name": TEXT,
        "impressions": INT,
        "reach": INT,
        "clicks": INT,  # of any kind
        "link_clicks": INT,  # those that lead to the website
        "unique_clicks": INT,
        "spend_cents": INT,
        "reactions": INT,
        "comments": INT,
        "shares": INT,
        "registrations": INT,
    },
}
