"""What each contact did with each mail: opened, clicked, unsubscribed, or nothing.

The new API shows who used a link of a campaign. The tracking pixel is one of these links, named
"open". Only the old API shows who was sent a campaign, who unsubscribed with it, and who opened one
whose links do not include the pixel. Neither API has a filter by time. So a link or a report is read
again completely when its totals in the listings change, and at least once a week during a campaign's
first weeks.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.sources.activecampaign.api import listing, moment, record_id, report, whole_number
from ingestion.sources.activecampaign.listings import has_api
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.toolkit.source import Page, Reader

    Record = dict[str, Any]

PIXEL = "open"
UNREAD_AT_MOST = timedelta(days=7)
READ_ANYWAY_FOR = timedelta(days=60)
CHECKPOINT_ROWS = 20_000
ACTIONS = {
    "unopen": "campaign_report_unopen_list",
    "open": "campaign_report_open_list",
    "unsubscription": "campaign_report_unsubscription_list",
}
# campaigns that are sent once, to everybody at one time
ONE_OFF = ("single", "split")


class _Slices:
    """Remembers of each slice the totals it was last read with, and on which day."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read: dict[str, list[str]] = reader.state.setdefault("read", {})
        if not reader.known or reader.from_date is not None:
            self._read.clear()

    def is_due(self, name: str, totals: list[Any], record: Record) -> bool:
        """Return whether a slice is to be read: never read, changed, or young and not lately."""
        before = self._read.get(name)
        if before is None:
            return any(str(total) not in {"", "0", "None"} for total in totals)
        if before[0] != _joined(totals):
            return True
        made = moment(record.get("sdate"), self._reader.settings.time_zone) or moment(
            record.get("cdate") or record.get("created_timestamp"),
            self._reader.settings.time_zone,
        )
        is_young = made is not None and self._reader.now - made <= READ_ANYWAY_FOR
        return is_young and self._reader.today - date.fromisoformat(before[1]) >= UNREAD_AT_MOST

    def done(self, name: str, totals: list[Any]) -> None:
        """Remember that a slice was read."""
        self._read[name] = [_joined(totals), self._reader.today.isoformat()]


def _joined(totals: list[Any]) -> str:
    return "/".join(str(total) for total in totals)


def _listed_before(reader: Reader, *names: str) -> bool:
    missing = [name for name in names if name not in reader.shared]
    if missing:
        reader.note(f"{', '.join(missing)} were not read")
    return not missing


def read_link_data(reader: Reader) -> Iterator[Page]:
    """Yield who used the links whose totals have changed."""
    if not has_api(reader) or not _listed_before(reader, "links"):
        return
    slices, since_checkpoint = _Slices(reader), 0
    for link in reader.shared["links"]:
        link_id = record_id(link)
        totals = [link.get("linkclicks"), link.get("uniquelinkclicks")]
        if not link_id.isdigit() or not slices.is_due(link_id, totals, link):
            continue
        reader.progress(f"contacts who used link {link_id}")
        for found in listing(reader, "linkData", f"/api/3/links/{link_id}/linkData", "contact"):
            page = records(reader, found)
            since_checkpoint += len(page)
            yield [_link_row(reader, link, link_id, record) for record in page]
        slices.done(link_id, totals)
        if since_checkpoint >= CHECKPOINT_ROWS:
            reader.checkpoint()
            since_checkpoint = 0


def _link_row(reader: Reader, link: Record, link_id: str, record: Record) -> Record:
    return {
        "link_id": link_id,
        "contact_id": record.get("contact"),
        "campaign_id": link.get("campaignid"),
        "is_open": link.get("link") == PIXEL,
        "occurred_at": moment(record.get("tstamp"), reader.settings.time_zone),
        "times": whole_number(record.get("times")),
        "payload": record,
    }


def read_campaign_reports(reader: Reader) -> Iterator[Page]:
    """Yield the old API's reports of the campaigns whose totals have changed."""
    if not has_api(reader) or not _listed_before(reader, "campaigns", "links"):
        return
    slices = _Slices(reader)
    shown = {
        str(link.get("campaignid")) for link in reader.shared["links"] if link.get("link") == PIXEL
    }
    for campaign in reader.shared["campaigns"]:
        campaign_id = record_id(campaign)
        for name, totals in _wanted(campaign, has_pixel=campaign_id in shown).items():
            place = f"{name}:{campaign_id}"
            if not campaign_id.isdigit() or not slices.is_due(place, totals, campaign):
                continue
            reader.progress(f"{name} report of campaign {campaign_id}")
            yield [
                _report_row(reader, name, campaign_id, record)
                for record in report(reader, ACTIONS[name], campaign_id)
            ]
            slices.done(place, totals)


def _wanted(campaign: Record, *, has_pixel: bool) -> dict[str, list[Any]]:
    """Return which reports a campaign needs, and the totals that tell whether one has changed."""
    wanted = {"unsubscription": [campaign.get("unsubscribes")]}
    if campaign.get("type") in ONE_OFF:
        # who has opened it is known already: the rest need not be asked for at each further open
        wanted["unopen"] = [campaign.get("send_amt")]
    if not has_pixel:
        wanted["open"] = [campaign.get("opens"), campaign.get("uniqueopens")]
    return wanted


def _report_row(reader: Reader, name: str, campaign_id: str, record: Record) -> Record:
    return {
        "report": name,
        "campaign_id": campaign_id,
        "contact_id": record.get("subscriberid"),
        "occurred_at": moment(record.get("tstamp"), reader.settings.time_zone),
        "times": whole_number(record.get("times")),
        "payload": record,
    }


LINK_DATA = Stream(
    name="link_data",
    primary_key=("link_id", "contact_id"),
    columns={
        "link_id": "text",
        "contact_id": "text",
        "campaign_id": "text",
        "is_open": "bool",
        "occurred_at": "timestamp",
        "times": "bigint",
        "payload": "json",
    },
    description="A contact who used a link or opened a mail, and how often.",
    read=read_link_data,
)
CAMPAIGN_REPORTS = Stream(
    name="campaign_reports",
    primary_key=("report", "campaign_id", "contact_id"),
    columns={
        "report": "text",
        "campaign_id": "text",
        "contact_id": "text",
        "occurred_at": "timestamp",
        "times": "bigint",
        "payload": "json",
    },
    description="A contact in a report of the old API about a campaign.",
    read=read_campaign_reports,
)
