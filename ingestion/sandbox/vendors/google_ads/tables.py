"""Nordlicht's campaigns at Google: a search campaign, performance max, and one that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import advertising

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

# name, kind, whether it still runs; all visits that the website could tell come of the first
CAMPAIGNS = (
    ("bewertungen-suche", "SEARCH", True),
    ("nordlicht-pmax", "PERFORMANCE_MAX", True),
    ("nordlicht-probe", "SEARCH", False),
)
PROBE_DAYS = 45
SIGN_UP_WITHIN_DAYS = 30
SIGN_UP_VALUE = 40.0
MICROS = 1_000_000


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield what Google Ads shows by now."""
    chance, count = company.chance, len(CAMPAIGNS)
    led = np.zeros((len(advertising.days(company.world)), count), dtype=np.int64)
    signed = led.copy()
    led[:, :1] = advertising.visits_by_day(company, "paid_search", 1, "google_ads")
    signed[:, :1] = advertising.sign_ups_by_day(
        company, "paid_search", 1, "google_ads", SIGN_UP_WITHIN_DAYS
    )
    known = advertising.days(company.world)
    day, campaign = np.repeat(known, count), np.tile(np.arange(count), len(known))
    lively = advertising.bustle(company, day, "google_ads")
    u = chance.uniform("google_ads extra clicks", day, campaign)
    lost = (led.reshape(-1) * 0.22 + lively * np.array([3.0, 6.0, 4.0])[campaign] * u).astype(
        np.int64
    )
    clicks = (
        led.reshape(-1)
        + lost
        + advertising.not_yet_taken_back(company, day, campaign, "google_ads")
    )
    rate = np.array([0.055, 0.012, 0.04])[campaign]
    rate = rate * (0.7 + 0.6 * chance.uniform("google_ads rate", day, campaign))
    price = np.array([1.85, 0.6, 2.3])[campaign] * MICROS
    price = price * np.exp(0.22 * chance.normal("google_ads price", day, campaign))
    # a sign-up is credited to the last click, or in half to two of them
    share = np.where(chance.uniform("google_ads share", day, campaign) < 0.25, 0.5, 1.0)
    shows = (clicks + 0.6 * lively) / rate
    runs = (campaign < count - 1) | (day < known[0] + PROBE_DAYS)
    conversions = signed.reshape(-1) * share
    columns = {
        "date": advertising.dates(day),
        "campaign_id": (chance.below("google_ads id", 10**9, campaign) + 2 * 10**10).astype("U12"),
        "campaign_name": np.array([name for name, _, _ in CAMPAIGNS])[campaign],
        "channel_type": np.array([kind for _, kind, _ in CAMPAIGNS])[campaign],
        "status": np.array(["ENABLED" if on else "PAUSED" for _, _, on in CAMPAIGNS])[campaign],
        "impressions": shows.astype(np.int64),
        "clicks": clicks,
        "cost_micros": (price * clicks).astype(np.int64),
        "conversions": conversions,
        "conversions_value": conversions * SIGN_UP_VALUE,
        "view_through_conversions": (shows * 0.004 * u).astype(np.int64),
    }
    yield "google_ads/campaign_days", {name: values[runs] for name, values in columns.items()}
