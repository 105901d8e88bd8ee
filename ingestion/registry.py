"""The sources: one line each. Assets, schedules, freshness, checks and tests are derived."""

from __future__ import annotations

from ingestion.sources import (
    activecampaign,
    calendly,
    chartmogul,
    delighted,
    files,
    ga4,
    google_ads,
    hooks,
    hubspot,
    linkedin_pages,
    meta_ads,
    mixpanel,
    salesforce,
    tawk,
    trustmary,
    typeform,
    woocommerce,
    wordpress,
)

REGISTRY = (
    mixpanel.LOAD,
    chartmogul.LOAD,
    tawk.LOAD,
    hubspot.LOAD,
    calendly.LOAD,
    salesforce.LOAD,
    activecampaign.LOAD,
    meta_ads.LOAD,
    google_ads.LOAD,
    linkedin_pages.LOAD,
    files.LOAD,
    hooks.LOAD,
    trustmary.LOAD,
    typeform.LOAD,
    delighted.LOAD,
    ga4.LOAD,
    woocommerce.LOAD,
    wordpress.LOAD,
)
