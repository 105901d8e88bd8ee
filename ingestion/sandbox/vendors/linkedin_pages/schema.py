"""What LinkedIn counts about the company's page: by day in UTC, and its followers now."""

from __future__ import annotations

from ingestion.sandbox.company.tables import INT

TABLES = {
    "linkedin_pages/share_statistics": {
        "day_ms": INT,
        "impressions": INT,
        "unique_impressions": INT,
        "clicks": INT,
        "likes": INT,
        "comments": INT,
        "shares": INT,
        "share_mentions": INT,
        "comment_mentions": INT,
    },
    "linkedin_pages/follower_statistics": {
        "day_ms": INT,
        "organic_gain": INT,
        "paid_gain": INT,
    },
    # One row. Smaller than all gains together: who stops following is subtracted here alone.
    "linkedin_pages/network_sizes": {"followers": INT},
}
