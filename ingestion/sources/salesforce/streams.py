"""The stream of an object: a full listing once a week, and changes in between.

Formula fields change without moving `SystemModstamp`, and records purged from the recycle bin leave no
trace; only a full listing shows both. Long transactions commit records with an earlier time than others
that were already read, so each run reads the last minutes again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError
from ingestion.records.times import parse_time
from ingestion.sources.salesforce.api import OrgRefusalError
from ingestion.sources.salesforce.bulk_jobs import Job, JobFailedError
from ingestion.sources.salesforce.query import (
    EPOCH,
    Changes,
    ShortListingError,
    count,
    is_too_wide,
    soql,
)
from ingestion.sources.salesforce.records import CURSOR, ID, changed_at, fields, to_row
from ingestion.toolkit.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sources.salesforce.api import SalesforceClient
    from ingestion.sources.salesforce.records import Fields
    from ingestion.toolkit.source import Page, Reader

LOOK_BACK = timedelta(minutes=10)
LIST_IN_FULL_EVERY = timedelta(days=7)
PAGES_PER_PACKAGE = 5
# what records need of their owners; a user's other fields are a colleague's own business
OF_A_USER = frozenset({ID, "Name", "Email", "IsActive", "CreatedDate", CURSOR})


def objects(
    name: str, table: str, description: str, *, wanted: frozenset[str] = frozenset()
) -> Stream:
    """Return the stream of an object.

    Args:
        name: As Salesforce calls it, e.g. ``Opportunity``.
        table: The raw table, e.g. ``opportunities``.
        description: What a row is.
        wanted: Only these fields, and records of any age since others name them; empty: all fields,
            from the start date on.
    """

    def read(reader: Reader) -> Iterator[Page]:
        client: SalesforceClient = reader.client  # type: ignore[assignment]
        types = fields(client, name)
        if types is None:
            reader.note(f"the user may not see {name}: it is left out")
            reader.partial()
            return
        start = None if wanted else reader.settings.start_date
        asked = {field: types[field] for field in types if not wanted or field in wanted}
        yield from _Reading(reader, name, asked, start).pages()

    return Stream(
        name=table,
        primary_key=("id",),
        required=("created_at",),
        columns={
            "id": "text",
            "created_at": "timestamp",
            "system_modstamp": "timestamp",
            "is_deleted": "bool",
            "payload": "json",
        },
        description=description,
        read=read,
        newest_by="system_modstamp",
        lists_everything=True,
    )


class _Reading:
    """One run of one stream; its state says how far the runs have come."""

    def __init__(self, reader: Reader, name: str, types: Fields, start: date | None) -> None:
        self._reader, self._name, self._types = reader, name, types
        self._state = reader.state
        self._client: SalesforceClient = reader.client  # type: ignore[assignment]
        self._start = EPOCH if start is None else datetime.combine(start, time(), UTC)
        reached = self._state.get("changed_until")
        # a table without rows is read as if for the first time
        is_known = reader.known or "job" in self._state
        self._newest = parse_time(reached) if reached is not None and is_known else None
        self._since = self._span()
        # a listing is complete only when one run has read it all
        self._is_full = self._since == self._start and "job" not in self._state

    def _span(self) -> datetime:
        if self._reader.from_date is not None:
            asked = datetime.combine(self._reader.from_date, time(), UTC)
            return max(asked, self._start)
        listed = self._state.get("listed_on")
        is_old = listed is not None and (
            self._reader.today - date.fromisoformat(listed) >= LIST_IN_FULL_EVERY
        )
        if self._newest is None or is_old:
            return self._start
        return max(self._newest - LOOK_BACK, self._start)

    def pages(self) -> Iterator[Page]:
        """Yield the rows."""
        self._reader.window(self._since, self._reader.now)
        found = self._by_bulk() if self._is_for_bulk() else self._by_rest()
        for page in found:
            self._note(page)
            yield [to_row(payload) for payload in page]
        reached = self._newest or self._since
        # a date in the future must not keep later changes out
        self._state["changed_until"] = min(reached, self._reader.now).isoformat()
        if self._is_full or "listed_on" not in self._state:
            self._state["listed_on"] = self._reader.today.isoformat()
        if not self._is_full:
            self._reader.partial()

    def _note(self, page: list[dict[str, Any]]) -> None:
        moments = filter(None, map(changed_at, page))
        newest = max(moments, default=self._newest)
        if self._newest is None or (newest is not None and newest > self._newest):
            self._newest = newest

    def _is_for_bulk(self) -> bool:
        if "job" in self._state or is_too_wide(self._name, self._types):
            return True
        if self._since != self._start:
            return False
        number = count(self._client, self._name, self._since)
        return number is None or number > self._reader.settings.bulk_from_rows

    def _by_rest(self) -> Iterator[list[dict[str, Any]]]:
        before = dict(self._state)
        try:
            for number, page in enumerate(
                Changes(self._reader, self._name, self._types).since(self._since)
            ):
                if number and number % PAGES_PER_PACKAGE == 0 and self._newest is not None:
                    reached = min(self._newest, self._reader.now)
                    self._state["changed_until"] = reached.isoformat()
                    self._reader.checkpoint()
                yield page
        except ShortListingError:
            # what is missing may be older than what was committed on the way
            self._state.clear()
            self._state.update(before)
            self._reader.checkpoint()
            raise

    def _by_bulk(self) -> Iterator[list[dict[str, Any]]]:
        job = Job(self._reader, self._name, self._types, self._state.setdefault("job", {}))
        if not job.memory:
            if not self._start_job(job):
                yield from self._by_rest()
                return
            self._reader.checkpoint()
        try:
            announced = job.wait()
            for number, page in enumerate(job.parts()):
                if number:
                    self._reader.checkpoint()
                yield page
        except (JobFailedError, OrgRefusalError):
            # nothing more comes of this job: the next run makes another
            del self._state["job"]
            self._reader.checkpoint()
            raise
        read = self._state.pop("job")["count"]
        if read != announced:
            self._reader.checkpoint()
            raise IncompleteAnswerError(
                f"the bulk job holds {announced} records and {read} came",
                where=f"salesforce {self._name}",
                fix="Run again: a new job is made",
            )

    def _start_job(self, job: Job) -> bool:
        """Make the job; return False where Bulk does not take the object and REST can."""
        try:
            job.start(soql(self._name, self._types, self._since))
        except OrgRefusalError as refusal:
            del self._state["job"]
            if is_too_wide(self._name, self._types):
                raise
            self._reader.note(f"read by REST, since Bulk refuses it ({refusal.code})")
            return False
        return True
