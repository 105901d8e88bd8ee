"""Where visits come from, by one rule for every source: worked examples of links as systems write them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chain.raw import small_world

PAGE = "https://www.lindenhof.example/"


def event(number: int, name: str = "Page Viewed", **properties: Any) -> dict[str, Any]:
    """Return an event of Mixpanel as the loader stores it."""
    return {
        "event_key": f"e{number:03}",
        "event": name,
        "occurred_at": f"2026-03-01 10:{number:02}:00+00",
        "export_date": "2026-03-01",
        "distinct_id": f"u{number}",
        "properties": {"$user_id": f"u{number}", "mp_lib": "web", **properties},
    }


# what the link says, its referrer, and the channel that it is by the ad systems' own documents
VISITS = {
    "gclid": (
        {"$current_url": PAGE + "?gclid=a", "$referring_domain": "www.google.com"},
        "paid_search",
    ),
    "gclid_alone": ({"$current_url": PAGE + "?gclid=a"}, "paid_search"),
    "gclid_empty": ({"$current_url": PAGE + "?gclid="}, None),
    "gclid_as_property": ({"gclid": "a"}, "paid_search"),
    "gclid_of_an_earlier_visit": ({"$current_url": PAGE, "gclid": "a"}, None),
    "gbraid": ({"$current_url": PAGE + "?gad_source=1&gbraid=b"}, "paid_search"),
    "wbraid": ({"$current_url": PAGE + "?wbraid=b"}, "paid_search"),
    "msclkid": (
        {"$current_url": PAGE + "?msclkid=c", "$referring_domain": "bing.com"},
        "paid_search",
    ),
    "ttclid": ({"$current_url": PAGE + "?ttclid=c"}, "paid_social"),
    "click_id_beats_the_medium": (
        {"$current_url": PAGE + "?gclid=a", "utm_source": "google", "utm_medium": "organic"},
        "paid_search",
    ),
    "fbclid_is_not_paid": ({"$current_url": PAGE + "?fbclid=d"}, "social"),
    "fbclid_with_paid": (
        {"$current_url": PAGE + "?fbclid=d", "utm_source": "fb", "utm_medium": "cpc"},
        "paid_social",
    ),
    "srsltid_is_a_free_listing": ({"$current_url": PAGE + "?srsltid=e"}, "organic_search"),
    "mail": ({"$current_url": PAGE + "?_hsmi=1&_hsenc=2"}, "email"),
    "source_alone": ({"utm_source": "facebook", "utm_campaign": "fruehling"}, "social"),
    "unknown_source_alone": ({"utm_source": "chatgpt.com"}, "referral"),
    "campaign_alone": ({"utm_campaign": "fruehling"}, "referral"),
    "words_for_nothing": ({"utm_source": "(not set)", "utm_medium": "(none)"}, None),
    "paid_medium": ({"utm_source": "google", "utm_medium": "CPC"}, "paid_search"),
    "paid_social": ({"utm_source": "linkedin", "utm_medium": "paid-social"}, "paid_social"),
    "facebook_ads": ({"utm_source": "facebook_ads", "utm_medium": "paid"}, "paid_social"),
    "newsletter": ({"utm_source": "newsletter"}, "email"),
    "post": ({"utm_source": "linkedin", "utm_medium": "social"}, "social"),
    "partner": ({"utm_source": "agency", "utm_medium": "Partner"}, "referral"),
    "unknown_medium": ({"utm_source": "flyer", "utm_medium": "qr"}, "referral"),
    "marks_beat_the_referrer": (
        {"utm_source": "google", "utm_medium": "cpc", "$referring_domain": "www.facebook.com"},
        "paid_search",
    ),
    "search": ({"$referring_domain": "www.google.de"}, "organic_search"),
    "short_link": ({"$referring_domain": "t.co"}, "social"),
    "no_social_network": ({"$referring_domain": "www.netflix.com"}, "referral"),
    "no_search_either": ({"$referring_domain": "www.microsoft.com"}, "referral"),
    "referrer_address_alone": (
        {"$referrer": "https://www.ecosia.org/search?q=x"},
        "organic_search",
    ),
    "own_login": ({"$referring_domain": "accounts.google.com"}, None),
    "web_mail": ({"$referring_domain": "mail.google.com"}, "email"),
    "mail_app": ({"$referrer": "android-app://com.google.android.gm/"}, "email"),
    "own_checkout": ({"$current_url": PAGE, "$referring_domain": "www.paypal.com"}, None),
    "checkout_below": ({"$current_url": PAGE, "$referring_domain": "checkout.stripe.com"}, None),
    "own_blog": ({"$current_url": PAGE, "$referring_domain": "blog.lindenhof.example"}, None),
    "own_other_domain": ({"$current_url": PAGE, "$referring_domain": "shop.lindenhof.test"}, None),
    "own_under_co_uk": (
        {"$current_url": "https://www.linden.co.uk/", "$referring_domain": "shop.linden.co.uk"},
        None,
    ),
    "strangers_under_co_uk": (
        {"$current_url": "https://www.linden.co.uk/", "$referring_domain": "eiche.co.uk"},
        "referral",
    ),
    "neighbours_on_a_host": (
        {"$current_url": "https://linden.github.io/", "$referring_domain": "eiche.github.io"},
        "referral",
    ),
    "direct": ({"$current_url": PAGE, "$referring_domain": "$direct"}, None),
}


def test_each_visit_of_the_product_has_the_channel_that_its_link_says() -> None:
    chain = small_world(
        {
            "mixpanel.export_events": [
                event(number, **properties)
                for number, (properties, _) in enumerate(VISITS.values())
            ]
        },
        today="2026-04-01",
        seeds={"own_domains": [{"domain": "lindenhof.test"}]},
        only=["int_mixpanel__touchpoints"],
    )

    told = chain.ask(
        "select properties ->> 'acquisition_channel' from intermediate.int_mixpanel__touchpoints "
        "order by source_record_id"
    )

    expected = {name: channel for name, (_, channel) in VISITS.items()}
    assert dict(zip(VISITS, [channel for (channel,) in told], strict=True)) == expected


def test_an_ad_click_without_marks_is_paid() -> None:
    chain = small_world(
        {
            "mixpanel.export_events": [
                event(1, "Ad Clicked", utm_source="Instagram"),
                event(2, "Ad Clicked"),
            ]
        },
        today="2026-04-01",
        only=["int_mixpanel__touchpoints"],
    )

    assert chain.ask(
        "select properties ->> 'acquisition_channel' from intermediate.int_mixpanel__touchpoints "
        "order by source_record_id"
    ) == [("paid_social",), ("paid_search",)]


def shard(
    visit: str,
    params: dict[str, str],
    *,
    url: str = PAGE,
    referrer: str = "https://www.google.com/",
    second: int = 0,
    **more: Any,
) -> dict[str, Any]:
    """Return an event of the BigQuery export as the loader stores it."""
    given = {"page_location": url, "page_referrer": referrer, **params}
    return {
        "event_key": f"{visit}-{second}",
        "event_name": "page_view",
        "occurred_at": f"2026-03-01 10:00:{second:02}+00",
        "event_date": "2026-03-01",
        "user_pseudo_id": visit,
        "shard": "events_20260301",
        "payload": {
            "event_params": [
                {"key": "ga_session_id", "value": {"int_value": "1"}},
                *({"key": key, "value": {"string_value": text}} for key, text in given.items()),
            ],
            **more,
        },
    }


ORGANIC = {"source": "google", "medium": "organic", "campaign": "(organic)"}
NOT_SET = {"source": "(not set)", "medium": "(not set)", "campaign_name": "(not set)"}
AD = {"source": "google", "medium": "cpc", "campaign_name": "Brand DE"}
SHARDS = [
    shard("known_click", {**ORGANIC, "gclid": "x"}),
    shard("click_in_address", ORGANIC, url=PAGE + "preise?gclid=x"),
    shard("click_of_an_app", ORGANIC, url=PAGE + "?gad_source=1&gbraid=x"),
    shard("click_alone", {}, url=PAGE + "?wbraid=x"),
    shard("microsoft", {**ORGANIC, "source": "bing"}, url=PAGE + "?msclkid=x"),
    shard("organic", ORGANIC),
    shard(
        "hidden_by_not_set",
        {"gclid": "x"},
        session_traffic_source_last_click={
            "manual_campaign": NOT_SET,
            "google_ads_campaign": {"campaign_name": "Brand DE"},
            "cross_channel_campaign": AD,
        },
    ),
    shard(
        "called_organic",
        {"gclid": "x"},
        session_traffic_source_last_click={
            "manual_campaign": {**ORGANIC, "campaign_name": "(organic)"},
            "google_ads_campaign": {"campaign_name": "Brand DE"},
        },
    ),
    shard("letter", {"source": "google"}, referrer="android-app://com.google.android.gm/"),
    shard("letter", {"source": "adobe", "medium": "email", "campaign": "herbst"}, second=1),
    shard(
        "vendors_word",
        {"source": "letter", "medium": "email"},
        session_traffic_source_last_click={"manual_campaign": ORGANIC},
    ),
    shard("portal", {}, referrer="https://portal.example/x"),
    shard("inside", {}, referrer="https://lindenhof.example/x"),
]


@pytest.mark.parametrize(
    ("visit", "channel", "source", "medium", "campaign"),
    [
        ("known_click", "paid_search", "google", "cpc", None),
        ("click_in_address", "paid_search", "google", "cpc", None),
        ("click_of_an_app", "paid_search", "google", "cpc", None),
        ("click_alone", "paid_search", "google", "cpc", None),
        ("microsoft", "paid_search", "bing", "cpc", None),
        ("organic", "organic_search", "google", "organic", None),
        ("hidden_by_not_set", "paid_search", "google", "cpc", "Brand DE"),
        ("called_organic", "paid_search", "google", "cpc", "Brand DE"),
        ("letter", "email", "adobe", "email", "herbst"),
        ("vendors_word", "organic_search", "google", "organic", None),
        ("portal", "referral", "portal.example", "referral", None),
        ("inside", "direct", "(direct)", "(none)", None),
    ],
)
def test_channel_source_medium_and_campaign_of_a_visit_agree(
    analytics: Any, visit: str, channel: str, source: str, medium: str, campaign: str | None
) -> None:
    assert analytics[visit] == (channel, source, medium, campaign)


@pytest.fixture(scope="module")
def analytics() -> dict[str, tuple[Any, ...]]:
    """Return for each visit of the website its channel, source, medium and campaign."""
    chain = small_world({"ga4.events": SHARDS}, today="2026-04-01", only=["int_ga4__sessions"])
    rows = chain.ask(
        "select user_pseudo_id, acquisition_channel, source_name, medium, campaign "
        "from intermediate.int_ga4__sessions"
    )
    return {row[0]: row[1:] for row in rows}


def test_a_file_tells_it_by_the_same_rule() -> None:
    def row(number: int, properties: dict[str, str]) -> dict[str, Any]:
        return {
            "row_id": f"r{number}",
            "mapping": "m",
            "source": "web_log",
            "identifier_type": "user_id",
            "identifier_namespace": "mixpanel",
            "identifier_value": "u1",
            "occurred_at": f"2026-03-01 10:0{number}:00+00",
            "channel": "website",
            "touchpoint": "visited",
            "properties": properties,
        }

    chain = small_world(
        {
            "files.touchpoints": [
                row(1, {"url": PAGE + "?gclid=a", "shelf": "3"}),
                row(2, {"utm_source": "facebook"}),
                row(3, {"referrer": "https://www.bing.com/"}),
                row(4, {"acquisition_channel": "referral", "utm_medium": "cpc"}),
                row(5, {"shelf": "3"}),
            ]
        },
        today="2026-04-01",
        only=["int_files__touchpoints"],
    )

    assert chain.ask(
        "select properties ->> 'acquisition_channel', properties ->> 'shelf' "
        "from intermediate.int_files__touchpoints order by source_record_id"
    ) == [
        ("paid_search", "3"),
        ("social", None),
        ("organic_search", None),
        ("referral", None),
        (None, "3"),
    ]
