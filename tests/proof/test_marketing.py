"""Daily figures of ads and pages as they are published against what the platforms show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.proof.conftest import World


# what the platforms' tables in the simulated company say, in the columns of the published model
SHOWN = {
    "meta_ads": (
        "insights",
        (
            "date, campaign_name, impressions, clicks, spend_cents / 100, registrations, reactions, "
            "comments, shares, null, null"
        ),
    ),
    "google_ads": (
        "campaign_days",
        (
            "date, campaign_name, impressions, clicks, cost_micros / 1e6, conversions, null, null, "
            "null, null, null"
        ),
    ),
    "linkedin_pages": (
        "share_statistics",
        (
            "epoch_ms(day_ms)::date, null, impressions, clicks, null, null, likes, comments, shares, "
            "share_mentions + comment_mentions, organic_gain + paid_gain"
        ),
    ),
}
# LinkedIn keeps twelve months, the others more than any world here has
KEPT = {"linkedin_pages": "2025-06-02"}


@pytest.mark.parametrize("source", SHOWN)
def test_each_days_figures_are_those_of_the_platform(world: World, source: str) -> None:
    table, columns = SHOWN[source]
    folder = world.company.home / "sandbox" / source
    origin = f"read_parquet('{folder}/{table}.parquet') as days"
    if source == "linkedin_pages":
        origin += (
            f" join read_parquet('{folder}/follower_statistics.parquet') as gains using (day_ms)"
        )
    names = (
        "day, campaign, impressions, clicks, spent, conversions, reactions, comments, shares, "
        "mentions, gained"
    )
    sums = ", ".join(f"round(sum({name})::double, 4)" for name in names.split(", ")[2:])
    shown = world.ask(
        f"with told({names}) as (select {columns} from {origin}) "
        f"select day::date, campaign, {sums} from told where day::date >= "
        f"'{KEPT.get(source, '2000-01-01')}' group by all order by all"
    )
    published = world.ask(
        f"with told({names}) as (select reported_date, campaign_name, impression_count, "
        "click_count, spend_amount, conversion_count, reaction_count, comment_count, share_count, "
        f"mention_count, follower_gain_count from marts.fct_marketing_daily "
        f"where source = '{source}') select day, campaign, {sums} from told "
        "group by all order by all"
    )
    assert len(shown) > 100
    assert published == shown


def test_followers_are_known_for_the_day_before_the_load(world: World) -> None:
    shown = world.ask(
        "select followers from read_parquet("
        f"'{world.company.home}/sandbox/linkedin_pages/network_sizes.parquet')"
    )
    published = world.ask(
        "select follower_count from marts.fct_marketing_daily "
        "where follower_count is not null and reported_date = '2026-05-31'"
    )
    assert published == shown
