"""What changed since a given time, by REST: pages in the order of their last change.

`queryAll` also shows the recycle bin and archived activities. The locator of a listing expires after
some time; the listing then starts again where it stopped. If a query takes the org too long, it is
split into shorter and shorter spans. A listing with fewer records than announced is read again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ingestion.errors import IncompleteAnswerError
from ingestion.sources.salesforce.api import OrgRefusalError, SalesforceClient
from ingestion.sources.salesforce.records import CURSOR, changed_at, from_json
from ingestion.toolkit.pagination import Cursors, records

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from ingestion.sources.salesforce.records import Fields
    from ingestion.toolkit.source import Reader

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCATOR_ENDED = "INVALID_QUERY_LOCATOR"
TOO_SLOW = frozenset({"QUERY_TIMEOUT", "OPERATION_TOO_LARGE"})
SHORTEST_SPAN = timedelta(seconds=1)
# records that are purged while pages are read are announced and no longer come, which a second listing
# shows by announcing fewer; two that are short one after the other are no such chance
LISTINGS = 2
# address and headers together may have 16,384 bytes
LONGEST_QUERY = 14_000


def moment(value: datetime) -> str:
    """Return a moment as a query writes it: without quotes, in milliseconds, rounded down."""
    text = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{value.microsecond // 1000:03}Z"


def soql(name: str, wanted: Iterable[str], since: datetime, until: datetime | None = None) -> str:
    """Return the query for what changed in a span, the end not included."""
    columns = ",".join(wanted)
    text = f"SELECT {columns} FROM {name} WHERE {CURSOR} >= {moment(since)}"  # noqa: S608
    return text if until is None else f"{text} AND {CURSOR} < {moment(until)}"


def is_too_wide(name: str, types: Fields) -> bool:
    """Tell whether an object has more fields than an address can name."""
    return len(quote(soql(name, types, EPOCH, EPOCH))) > LONGEST_QUERY


def count(client: SalesforceClient, name: str, since: datetime) -> int | None:
    """Return how many records changed since a moment, None where that takes the org too long."""
    try:
        body = client.get(client.data("queryAll"), {"q": soql(name, ["COUNT()"], since)}).json()
    except OrgRefusalError as refusal:
        if refusal.code in TOO_SLOW:
            return None
        raise
    return int(body.get("totalSize") or 0)


class ShortListingError(IncompleteAnswerError):
    """Fewer records came than were announced, each time."""


class Changes:
    """One reading of what changed in an object.

    Args:
        reader: What the stream reads with.
        name: The object, e.g. ``Contact``.
        types: Its fields.
    """

    def __init__(self, reader: Reader, name: str, types: Fields) -> None:
        self._reader, self._name, self._types = reader, name, types
        self._client: SalesforceClient = reader.client  # type: ignore[assignment]
        self._where = f"salesforce {name}"
        self._begin = EPOCH

    def since(self, begin: datetime) -> Iterator[list[dict[str, Any]]]:
        """Yield payloads in the order of their last change; some may come twice.

        Raises:
            IncompleteAnswerError: The locators end again and again without any progress.
            ShortListingError: Fewer records come than are announced; which ones nobody knows.
        """
        self._begin, end = begin, None
        width: timedelta | None = None
        lost: datetime | None = None
        while True:
            try:
                yield from self._span(end)
            except OrgRefusalError as refusal:
                if refusal.code == LOCATOR_ENDED and self._begin != lost:
                    lost = self._begin
                    self._reader.note(f"a listing ended early and was begun again at {lost}")
                    continue
                left = ((end or self._reader.now) - self._begin) / 2
                if refusal.code in TOO_SLOW and left >= SHORTEST_SPAN:
                    width = left
                    end = self._begin + width
                    continue
                raise self._stuck(refusal) from refusal
            if end is None:
                return
            self._begin = end
            following = None if width is None else end + width
            end = following if following is not None and following < self._reader.now else None

    def _stuck(self, refusal: OrgRefusalError) -> Exception:
        if refusal.code != LOCATOR_ENDED:
            return refusal
        return IncompleteAnswerError(
            "the listing ends early again and again",
            where=self._where,
            fix="Run again later; if it stays so, tell the vendor's support",
        )

    def _span(self, end: datetime | None) -> Iterator[list[dict[str, Any]]]:
        begin = self._begin
        for _ in range(LISTINGS):
            # any of them may be missing, so all are asked for again
            self._begin = begin
            announced, came = yield from self._listing(end)
            if announced is None or came >= announced:
                return
        raise ShortListingError(
            f"{announced} records are announced and {came} came",
            where=self._where,
            fix="Run again; if it stays so, tell the vendor's support",
        )

    def _listing(
        self, end: datetime | None
    ) -> Generator[list[dict[str, Any]], None, tuple[int | None, int]]:
        """Yield the pages of one listing; return how many records it announced and how many came.

        What the last page announces counts: an org that takes back a record meanwhile says so there.
        """
        query = f"{soql(self._name, self._types, self._begin, end)} ORDER BY {CURSOR} ASC"
        body = self._client.get(self._client.data("queryAll"), {"q": query}).json()
        cursors = Cursors(self._where)
        # a page that comes twice must not stand in for one that is missing
        came: set[str] = set()
        while True:
            found = body.get("records") if isinstance(body, dict) else None
            if not isinstance(found, list):
                raise IncompleteAnswerError(
                    "the answer holds no records", where=self._where, fix="Run again"
                )
            came.update(map(_mark, found))
            page = [from_json(each, self._types) for each in records(self._reader, found)]
            yield page
            reached = max(filter(None, map(changed_at, page)), default=self._begin)
            # a date in the future is no place to go on from
            self._begin = max(self._begin, min(reached, self._reader.now))
            if body.get("done") is True:
                break
            # the path alone: the session goes to no other host
            following = urlsplit(cursors.follow(body.get("nextRecordsUrl"))).path
            body = self._client.get(following).json()
        announced = body.get("totalSize")
        return announced if isinstance(announced, int) else None, len(came)


def _mark(record: Any) -> str:
    """Return what tells a record apart: its id, or all of one that has none."""
    found = record.get("Id") if isinstance(record, dict) else None
    return str(found or record)
