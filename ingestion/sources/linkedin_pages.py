"""LinkedIn pages: how often a company's page and posts were seen, liked and followed, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dlt.common.configuration.specs import configspec
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt resolves the annotation

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http.auth import BearerAuth
from ingestion.http.client import Client
from ingestion.toolkit.daily_windows import read_days
from ingestion.toolkit.pagination import records
from ingestion.toolkit.source import Load, SourceSettings, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from requests import PreparedRequest

    from ingestion.toolkit.source import Page, Reader

PAGE_SIZE = 100
# the figures of the last days come in late
LOOK_BACK_DAYS = 14
# days are counted for the last twelve months only
DAYS_KEPT = 364
URN = "urn:li:organization:"
SHARES = "organizationalEntityShareStatistics"
FOLLOWERS = "organizationalEntityFollowerStatistics"
# the answer to a version that has ended
VERSION_ENDED = 426
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@configspec
class LinkedInPagesSettings(SourceSettings):
    """Settings of the source; ``organization_ids`` is one page or several, with commas."""

    base_url: str = ""
    start_date: date | None = None
    lookback_days: int = LOOK_BACK_DAYS
    api_version: str = ""
    organization_ids: str = ""
    access_token: TSecretStrValue | None = None

    def organizations(self) -> list[str]:
        """Return the pages as URNs; plain numbers are written out."""
        given = [name.strip().removeprefix(URN) for name in self.organization_ids.split(",")]
        return [f"{URN}{name}" for name in given if name]

    def check(self) -> None:
        """Refuse ids that are no numbers, and a version that is no month."""
        if not all(name.removeprefix(URN).isdigit() for name in self.organizations()):
            raise KetteError(
                "an organization's id is a number",
                where="SOURCES__LINKEDIN_PAGES__ORGANIZATION_IDS",
                fix="It stands in the address of the page's admin view",
            )
        if len(self.api_version) != len("202601") or not self.api_version.isdigit():
            raise KetteError(
                f"{self.api_version!r} is no version",
                where="SOURCES__LINKEDIN_PAGES__API_VERSION",
                fix="Write a month as YYYYMM",
            )


class LinkedInAuth(BearerAuth):
    """The token, and the two headers without which nothing is answered."""

    def __init__(self, token: Any, version: str) -> None:
        super().__init__(token)
        self._version = version

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Sign a request."""
        request.headers["LinkedIn-Version"] = self._version
        request.headers["X-Restli-Protocol-Version"] = "2.0.0"
        return super().__call__(request)


def connect(settings: LinkedInPagesSettings) -> Client:
    """Make the client of a run."""
    auth = LinkedInAuth(settings.access_token, settings.api_version)
    return Client("linkedin_pages", settings.base_url, auth)


def _get(reader: Reader, address: str) -> dict[str, Any]:
    """Return the body of an answer; the address is whole, since its parentheses must stay plain."""
    where = f"linkedin_pages {address.split('?', 1)[0]}"
    answer = reader.client.get(address, accept=(VERSION_ENDED,))
    if answer.status == VERSION_ENDED:
        raise KetteError(
            f"version {reader.settings.api_version} of the API has ended",
            where=where,
            fix="Set SOURCES__LINKEDIN_PAGES__API_VERSION to a later month",
        )
    body = answer.json()
    if answer.status != HTTPStatus.OK or not isinstance(body, dict):
        raise IncompleteAnswerError("the answer is no object", where=where, fix="Run again later")
    return body


def _elements(
    reader: Reader, finder: str, urn: str, first: date, last: date
) -> Iterator[list[Any]]:
    """Yield the pages of one page's days; a page that is not full is the last one."""
    span = f"(start:{_ms(first)},end:{_ms(last + timedelta(days=1))})"
    address = (
        f"{finder}?q=organizationalEntity&organizationalEntity={quote(urn, safe='')}"
        f"&timeIntervals=(timeRange:{span},timeGranularityType:DAY)"
    )
    start = 0
    while True:
        body = _get(reader, f"{address}&start={start}&count={PAGE_SIZE}")
        elements = body.get("elements")
        if not isinstance(elements, list):
            raise IncompleteAnswerError(
                "the answer holds no elements", where=f"linkedin_pages {finder}", fix="Run again"
            )
        yield elements
        # the vendor may give fewer than were asked for, and need not say how many there are
        size = (body.get("paging") or {}).get("count") or PAGE_SIZE
        if len(elements) < size:
            return
        start += len(elements)


def _ms(day: date) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (midnight - _EPOCH) // timedelta(milliseconds=1)


def _daily(finder: str) -> Callable[[Reader], Iterator[Page]]:
    def read(reader: Reader) -> Iterator[Page]:
        """Yield a page's days; today's are not counted yet."""

        def figures(first: date, last: date) -> Iterator[Page]:
            for urn in reader.settings.organizations():
                for elements in _elements(reader, finder, urn, first, last):
                    yield list(_rows(reader, elements))

        yield from read_days(
            reader,
            figures,
            last=reader.today - timedelta(days=1),
            lookback_days=reader.settings.lookback_days,
            earliest=reader.today - timedelta(days=DAYS_KEPT),
        )

    return read


def _rows(reader: Reader, elements: list[Any]) -> Iterator[dict[str, Any]]:
    for entry in records(reader, elements):
        start = (entry.get("timeRange") or {}).get("start")
        if not isinstance(start, int):
            # without a span it is the figure of the page's whole life
            reader.reject(entry, "timeRange: missing")
            continue
        yield {
            "organization": entry.get("organizationalEntity"),
            "date": (_EPOCH + timedelta(milliseconds=start)).date(),
            "payload": entry,
        }


def read_network_sizes(reader: Reader) -> Iterator[Page]:
    """Yield how many follow each page now: the vendor keeps no history of it."""
    rows = []
    for urn in reader.settings.organizations():
        address = f"networkSizes/{quote(urn, safe='')}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        body = _get(reader, address)
        rows.append({"organization": urn, "date": reader.today, "payload": body})
    yield rows


COLUMNS = {"organization": "text", "date": "date", "payload": "json"}
KEY = ("organization", "date")

LOAD = Load(
    source="linkedin_pages",
    settings=LinkedInPagesSettings,
    streams=(
        Stream(
            name="share_statistics",
            primary_key=KEY,
            columns=COLUMNS,
            description="How often a page's posts were seen, clicked, liked and shared on a day.",
            read=_daily(SHARES),
            replace_by="date",
            guarded=True,
        ),
        Stream(
            name="follower_statistics",
            primary_key=KEY,
            columns=COLUMNS,
            description="How many began to follow a page on a day.",
            read=_daily(FOLLOWERS),
            replace_by="date",
            guarded=True,
        ),
        Stream(
            name="network_sizes",
            primary_key=KEY,
            columns=COLUMNS,
            description="How many followed a page when it was loaded, one row per day of loading.",
            read=read_network_sizes,
        ),
    ),
    description="Impressions, reactions and followers of a company's LinkedIn page",
    owner="data_engineering",
    cron="55 6 * * *",
    fresh_within=timedelta(hours=50),
    credentials=("access_token", "organization_ids"),
    connect=connect,
)
