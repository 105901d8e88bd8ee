"""Meta Ads: what each ad on Facebook and Instagram showed, cost and brought, day by day."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.records.times import add_months
from ingestion.sources.meta_ads.api import (
    MetaAdsSettings,
    TooMuchData,
    connect,
    get,
    pages,
    report,
)
from ingestion.toolkit.daily_windows import read_days
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Load, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader

ACCOUNT_FIELDS = "account_id,name,currency,timezone_name,account_status"
FIELDS = (
    "account_id,account_currency,campaign_id,campaign_name,objective,adset_id,adset_name,ad_id,"
    "ad_name,impressions,reach,frequency,clicks,inline_link_clicks,unique_clicks,spend,actions,"
    "action_values"
)
# requests for figures older than 37 months are refused
MONTHS_KEPT = 36
KEY = ("campaign_id", "adset_id", "ad_id", "date_start")


def _accounts(reader: Reader) -> list[dict[str, Any]]:
    """Return the ad accounts, asked for once a run."""
    if "accounts" not in reader.shared:
        reader.shared["accounts"] = [
            get(reader.client, f"/{name}", {"fields": ACCOUNT_FIELDS}, f"meta_ads {name}")
            for name in reader.settings.accounts()
        ]
    found: list[dict[str, Any]] = reader.shared["accounts"]
    return found


def read_accounts(reader: Reader) -> Iterator[Page]:
    """Yield the ad accounts: their currency and their time zone, which all figures are in."""
    yield [{"id": account.get("id"), "payload": account} for account in _accounts(reader)]


def read_insights(reader: Reader) -> Iterator[Page]:
    """Yield the figures of each ad and day."""
    accounts = _accounts(reader)

    def figures(first: date, last: date) -> Iterator[Page]:
        for account in accounts:
            yield from _figures(reader, str(account["id"]), first, last)

    yield from read_days(
        reader,
        figures,
        last=max(_today(reader, account) for account in accounts),
        lookback_days=reader.settings.lookback_days,
        earliest=add_months(reader.today, -MONTHS_KEPT),
    )


def _today(reader: Reader, account: dict[str, Any]) -> date:
    """Return the day it is in the account's zone."""
    zone = account.get("timezone_name")
    if not zone:
        raise IncompleteAnswerError(
            "the ad account shows no time zone", where="meta_ads accounts", fix="Run again later"
        )
    return reader.now.astimezone(ZoneInfo(zone)).date()


def _figures(reader: Reader, account: str, first: date, last: date) -> Iterator[Page]:
    asked = {
        "level": "ad",
        "time_increment": "1",
        "time_range": json.dumps({"since": str(first), "until": str(last)}),
        "fields": FIELDS,
    }
    path, where = f"/{account}/insights", f"meta_ads {account}"
    try:
        # read whole before any of it counts, since a later page may be refused as too much
        found = list(pages(reader.client, path, asked, where))
    except TooMuchData:
        reader.note("too much at once for the vendor: read as a report")
        found = _reported(reader, path, asked, where)
    for entries in found:
        yield [
            {
                "account_id": entry.get("account_id"),
                **{name: entry.get(name) for name in KEY},
                "payload": entry,
            }
            for entry in records(reader, entries)
        ]


def _reported(reader: Reader, path: str, asked: dict[str, Any], where: str) -> list[list[Any]]:
    try:
        number = report(reader.client, path, asked, where)
        return list(pages(reader.client, f"/{number}/insights", {}, where))
    except TooMuchData:
        raise KetteError(
            "the days are too much even for a report",
            where=where,
            fix="Load fewer days at once: kette load meta_ads --from DATE --to DATE",
        ) from None


LOAD = Load(
    source="meta_ads",
    settings=MetaAdsSettings,
    streams=(
        Stream(
            name="accounts",
            primary_key=("id",),
            columns={"id": "text", "payload": "json"},
            description="An ad account: the currency and the time zone of its figures.",
            read=read_accounts,
        ),
        Stream(
            name="insights",
            primary_key=KEY,
            required=("account_id",),
            columns={
                "account_id": "text",
                "campaign_id": "text",
                "adset_id": "text",
                "ad_id": "text",
                "date_start": "date",
                "payload": "json",
            },
            description="What an ad showed, cost and brought on a day of the account's calendar.",
            read=read_insights,
            replace_by="date_start",
            guarded=True,
        ),
    ),
    description="Impressions, clicks, spend and reactions of ads on Facebook and Instagram",
    owner="data_engineering",
    cron="40 5,17 * * *",
    fresh_within=timedelta(hours=26),
    credentials=("access_token", "account_ids"),
    connect=connect,
)
