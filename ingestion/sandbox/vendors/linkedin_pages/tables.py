"""Nordlicht's page on LinkedIn: a post on most weekdays, and slowly more followers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import advertising
from ingestion.sandbox.company.draws import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

FOLLOWERS_AT_FIRST = 240
# how much of a day's figures is counted by now: the last days' come in late
COUNTED = (0.55, 0.8, 0.95)
LEAVING = 0.18  # of those who begin to follow


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield what LinkedIn shows by now."""
    world, chance = company.world, company.chance
    day = np.arange(world.begin // DAY, world.now // DAY)
    followers = FOLLOWERS_AT_FIRST + 0.6 * (day - day[0])
    lively = advertising.bustle(company, day, "linkedin_pages")
    posts = chance.uniform("linkedin_pages posts", day) < 0.6
    age = world.now // DAY - 1 - day
    counted = np.append(COUNTED, 1.0)[np.minimum(age, len(COUNTED))]
    impressions = (followers * lively * counted * np.where(posts, 0.9, 0.2)).astype(np.int64)
    likes = (impressions * 0.03 * chance.uniform("linkedin_pages likes", day)).astype(np.int64)
    comments = (likes * 0.4 * chance.uniform("linkedin_pages comments", day)).astype(np.int64)
    shares = (likes * 0.3 * chance.uniform("linkedin_pages shares", day)).astype(np.int64)
    yield (
        "linkedin_pages/share_statistics",
        {
            "day_ms": day * DAY * 1000,
            "impressions": impressions,
            "unique_impressions": (impressions * 0.7).astype(np.int64),
            "clicks": (impressions * 0.02).astype(np.int64),
            "likes": likes,
            "comments": comments,
            "shares": shares,
            "share_mentions": (chance.uniform("linkedin_pages mentions", day) * 1.4).astype(int),
            "comment_mentions": (chance.uniform("linkedin_pages named", day) * 1.2).astype(int),
        },
    )
    organic = (chance.uniform("linkedin_pages gain", day) * 2.6 * lively).astype(np.int64)
    paid = (chance.uniform("linkedin_pages paid", day) * 1.3).astype(np.int64)
    yield (
        "linkedin_pages/follower_statistics",
        {"day_ms": day * DAY * 1000, "organic_gain": organic, "paid_gain": paid},
    )
    left = chance.uniform("linkedin_pages leave", day) * 2 * LEAVING * (organic + paid)
    now = FOLLOWERS_AT_FIRST + int((organic + paid).sum()) - int(left.astype(np.int64).sum())
    yield "linkedin_pages/network_sizes", {"followers": np.array([now])}
