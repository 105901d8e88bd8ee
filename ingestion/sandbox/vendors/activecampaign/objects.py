"""ActiveCampaign's objects as its API and its webhooks write them: every value is text.

The account uses the time zone of the vendor's home. Times with an offset show it, and times without one
are in it, except those whose name says UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ingestion.sandbox.common import parquet
from ingestion.sandbox.vendors.activecampaign.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

    Row = Mapping[str, Any]

TIME_ZONE = "America/Chicago"
NEVER = "0000-00-00 00:00:00"
_ZONE = ZoneInfo(TIME_ZONE)


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load the tool's tables."""
    for name in TABLES:
        path = folder / f"{name}.parquet"
        database.execute(
            f"create table {name.split('/')[1]} as select * from {parquet(path)}"  # noqa: S608
        )


def iso(moment: int | None) -> str | None:
    """Return a moment with the offset of the account's clock."""
    return None if moment is None else datetime.fromtimestamp(moment, _ZONE).isoformat()


def naive(moment: int | None) -> str:
    """Return what the account's clock shows, without saying so."""
    return NEVER if moment is None else f"{datetime.fromtimestamp(moment, _ZONE):%Y-%m-%d %H:%M:%S}"


def in_utc(moment: int) -> str:
    """Return a moment in UTC, without saying so."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"


def _stamps(row: Row, updated: str = "created_s") -> dict[str, Any]:
    created, changed = row["created_s"], row[updated]
    return {
        "cdate": iso(created),
        "udate": iso(changed),
        "created_timestamp": naive(created),
        "updated_timestamp": naive(changed),
    }


def contact(row: Row) -> dict[str, Any]:
    """Return a contact."""
    return {
        "id": row["id"],
        "email": row["email"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "phone": row["phone"],
        "orgname": row["organization"],
        **_stamps(row, "updated_s"),
        "created_utc_timestamp": in_utc(row["created_s"]),
        "updated_utc_timestamp": in_utc(row["updated_s"]),
        "deleted": "0",
        "deleted_at": None,
        "anonymized": "0",
        "bounced_hard": str(row["bounced_hard"]),
        "bounced_soft": str(row["bounced_soft"]),
        "bounced_date": "0000-00-00",
        "email_empty": False,
    }


def named(row: Row) -> dict[str, Any]:
    """Return a list, a tag, an automation: what has a name and no more."""
    names = {name: row[name] for name in ("name", "tag") if name in row}
    return {"id": row["id"], **names, **_stamps(row), "mdate": iso(row["created_s"])}


def contact_list(row: Row) -> dict[str, Any]:
    """Return a contact's place on a list."""
    return {
        "id": row["id"],
        "contact": row["contact_id"],
        "list": row["list_id"],
        "status": str(row["status"]),
        "sdate": iso(row["subscribed_s"]),
        "udate": iso(row["unsubscribed_s"]),
        "updated_timestamp": naive(row["updated_s"]),
        "campaign": row["campaign_id"],
        "message": None,
        "unsubreason": row["reason"],
    }


def contact_tag(row: Row) -> dict[str, Any]:
    """Return a tag that a contact was given."""
    return {"id": row["id"], "contact": row["contact_id"], "tag": row["tag_id"], **_stamps(row)}


def contact_automation(row: Row) -> dict[str, Any]:
    """Return a contact's way through an automation."""
    return {
        "id": row["id"],
        "contact": row["contact_id"],
        "automation": row["automation_id"],
        "adddate": iso(row["entered_s"]),
        "remdate": iso(row["completed_s"]),
        "lastdate": iso(row["updated_s"]),
        "status": "1" if row["completed_s"] is None else "2",
    }


def message(row: Row) -> dict[str, Any]:
    """Return what is written in a mail."""
    return {
        "id": row["id"],
        "subject": row["subject"],
        "fromemail": "post@nordlicht.example",
        "html": "<p>…</p>",
        "cdate": iso(row["created_s"]),
        "mdate": iso(row["created_s"]),
    }


def campaign(row: Row) -> dict[str, Any]:
    """Return a campaign with its totals."""
    totals = (
        "send_amt", "opens", "uniqueopens", "linkclicks", "uniquelinkclicks", "subscriberclicks",
        "hardbounces", "softbounces", "unsubscribes",
    )  # fmt: skip
    return {
        "id": row["id"],
        "name": row["name"],
        "type": row["type"],
        "automation": row["automation_id"],
        "message_id": row["message_id"],
        "sdate": iso(row["sent_s"]) or NEVER,
        "status": "5",
        **_stamps(row),
        **{name: str(row[name]) for name in totals},
        "forwards": "0",
        "replies": "0",
    }


def link(row: Row) -> dict[str, Any]:
    """Return a link of a campaign with its totals."""
    return {
        "id": row["id"],
        "campaignid": row["campaign_id"],
        "messageid": row["message_id"],
        "link": row["link"],
        "name": "",
        "linkclicks": str(row["linkclicks"]),
        "uniquelinkclicks": str(row["uniquelinkclicks"]),
        "created_timestamp": naive(row["created_s"]),
    }


def link_use(row: Row) -> dict[str, Any]:
    """Return who used a link."""
    return {
        "contact": row["contact_id"],
        "tstamp": iso(row["time_s"]),
        "times": str(row["times"]),
    }


def bounce(row: Row) -> dict[str, Any]:
    """Return a mail that came back."""
    return {
        "id": row["id"],
        "subscriberid": row["contact_id"],
        "campaignid": row["campaign_id"],
        "messageid": str(int(row["campaign_id"]) + 500),
        "codeid": row["code"],
        "email": row["email"],
        "error": row["error"],
        "created_timestamp": naive(row["time_s"]),
        "updated_timestamp": naive(row["time_s"]),
    }


def deal(row: Row) -> dict[str, Any]:
    """Return a deal; its value is in cents."""
    return {
        "id": row["id"],
        "contact": row["contact_id"],
        "title": row["title"],
        "value": str(row["value_cents"]),
        "currency": "eur",
        "status": str(row["status"]),
        "stage": "1",
        "cdate": iso(row["created_s"]),
        "mdate": iso(row["updated_s"]),
    }


def report_row(row: Row) -> dict[str, Any]:
    """Return a row of one of the old API's reports."""
    return {
        "subscriberid": row["contact_id"],
        "email": row["email"],
        "tstamp": naive(row["time_s"]),
        "times": str(row.get("times") or 1),
    }


def hook(event: Row) -> bytes:
    """Return the body of a webhook: a form with bracketed names."""
    fields = {
        "type": event["type"],
        "date_time": iso(event["time_s"]),
        "initiated_from": "system",
        "initiated_by": "system",
        "list": event["list_id"] or "0",
        "contact[id]": event["contact_id"],
        "contact[email]": event["email"],
        "contact[first_name]": event["first_name"],
        "contact[last_name]": event["last_name"],
        "contact[phone]": event["phone"],
        "contact[tags]": event["tag"] or "",
        "contact[ip4]": "127.0.0.1",
        "contact[orgname]": event["organization"],
        "contact[customer_acct_name]": event["organization"],
        "contact[fields][perstag]": "",
    }
    if event["campaign_id"]:
        fields |= {"campaign[id]": event["campaign_id"], "campaign[name]": event["name"]}
    if event["link_id"]:
        fields |= {"link[id]": event["link_id"], "link[url]": event["link"]}
    if event["tag"]:
        fields["tag"] = event["tag"]
    return urlencode(fields).encode()
