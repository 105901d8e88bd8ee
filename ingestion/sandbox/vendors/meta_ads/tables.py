"""Nordlicht's ads on Facebook and Instagram: one campaign that runs all the time, five ads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import advertising

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

CAMPAIGN = "mehr-sterne"
ADS = (
    ("Gastronomie", "Café, Video"),
    ("Gastronomie", "Restaurant, Bild"),
    ("Handwerk", "Werkstatt, Bild"),
    ("Handwerk", "Vorher und nachher"),
    ("Handel", "Five stars, carousel"),
)
CLICK_WITHIN_DAYS = 7


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield what the ads manager shows by now."""
    chance, count = company.chance, len(ADS)
    led = advertising.visits_by_day(company, "paid_social", count, "meta_ads")
    registered = advertising.sign_ups_by_day(
        company, "paid_social", count, "meta_ads", CLICK_WITHIN_DAYS
    )
    known = advertising.days(company.world)
    day, ad = np.repeat(known, count), np.tile(np.arange(count), len(known))
    led, registered = led.ravel(), registered.ravel()
    lively = advertising.bustle(company, day, "meta_ads")
    u = chance.uniform("meta_ads extra clicks", day, ad)
    lost = (led * 0.3 + lively * 2.4 * u).astype(np.int64)
    links = led + lost + advertising.not_yet_taken_back(company, day, ad, "meta_ads")
    reactions = (links * 0.25 + 3 * chance.uniform("meta_ads reactions", day, ad)).astype(np.int64)
    comments = (links * 0.05 + chance.uniform("meta_ads comments", day, ad)).astype(np.int64)
    rate = 0.009 + 0.006 * chance.uniform("meta_ads rate", day, ad)
    impressions = ((links + 0.5 + lively) / rate).astype(np.int64)
    price = 95 * np.exp(0.2 * chance.normal("meta_ads price", day, ad))
    clicks = links + reactions + comments
    reach = np.maximum((impressions / (1.15 + 0.4 * u)).astype(np.int64), 1)
    adset = np.array([[name for name, _ in ADS].index(name) for name, _ in ADS])[ad]
    yield (
        "meta_ads/insights",
        {
            "date": advertising.dates(day),
            "campaign_id": np.full(len(day), _id(chance.below("meta_ads campaign", 10**9, _ONE))),
            "campaign_name": np.full(len(day), CAMPAIGN),
            "adset_id": _ids(chance.below("meta_ads set", 10**9, np.arange(count)))[adset],
            "adset_name": np.array([name for name, _ in ADS])[ad],
            "ad_id": _ids(chance.below("meta_ads id", 10**9, np.arange(count)))[ad],
            "ad_name": np.array([name for _, name in ADS])[ad],
            "impressions": impressions,
            "reach": reach,
            "clicks": clicks,
            "link_clicks": links,
            "unique_clicks": np.minimum(clicks, np.ceil(clicks * 0.92).astype(np.int64)),
            "spend_cents": (price * (links + 0.4)).astype(np.int64),
            "reactions": reactions,
            "comments": comments,
            "shares": (reactions * 0.5 * u).astype(np.int64),
            "registrations": registered,
        },
    )


_ONE = np.arange(1)


def _ids(numbers: np.ndarray) -> np.ndarray:
    """Return ids of eighteen digits: no floating-point number holds them."""
    return np.char.add("120210", (numbers + 10**11).astype("U12"))


def _id(numbers: np.ndarray) -> str:
    return str(_ids(numbers)[0])
