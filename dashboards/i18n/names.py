"""The names of vendors, which are the same in every language."""

from __future__ import annotations

NAMES: dict[str, str] = {
    "source.activecampaign": "ActiveCampaign",
    "source.calendly": "Calendly",
    "source.chartmogul": "ChartMogul",
    "source.delighted": "Delighted",
    "source.ga4": "Google Analytics",
    "source.google_ads": "Google Ads",
    "source.hubspot": "HubSpot",
    "source.meta_ads": "Meta Ads",
    "source.mixpanel": "Mixpanel",
    "source.salesforce": "Salesforce",
    "source.tawk": "tawk.to",
    "source.trustmary": "Trustmary",
    "source.typeform": "Typeform",
    "source.woocommerce": "WooCommerce",
    "source.wordpress": "WordPress",
}
