"""Large numbers of records by Bulk 2.0: creates a job, waits for it, and reads its CSV part by part.

The job is saved with each committed part. If a run ends early or does not want to wait any longer, the
next one continues it.
"""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError, KetteError, ResumeLaterError
from ingestion.http import client
from ingestion.http.decompression import into
from ingestion.sources.salesforce.records import from_csv
from ingestion.toolkit.pagination import Cursors
from ingestion.toolkit.spool import temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.http.responses import Answer
    from ingestion.sources.salesforce.api import SalesforceClient
    from ingestion.sources.salesforce.records import Fields
    from ingestion.toolkit.source import Reader

MOST_RECORDS = 10_000
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
# the longest a run waits for one job
MOST_SECONDS = 600
DONE, FAILED = "JobComplete", frozenset({"Failed", "Aborted"})
TRIES = 2
# a text field of Salesforce holds up to 131,072 characters, and a cell may quote each
LONGEST_CELL = min(sys.maxsize, 1 << 24)

Page = list[dict[str, Any]]


class JobFailedError(KetteError):
    """Nothing comes of a job."""


class Job:
    """A query job of one object.

    Args:
        reader: What the stream reads with.
        name: The object, e.g. ``Contact``.
        types: Its fields.
        memory: What is remembered of it: its id, the locator of the next part, the records so far.
    """

    def __init__(self, reader: Reader, name: str, types: Fields, memory: dict[str, Any]) -> None:
        self._reader, self._name, self._types = reader, name, types
        self._client: SalesforceClient = reader.client  # type: ignore[assignment]
        self._where = f"salesforce {name}"
        self.memory = memory

    def start(self, query: str) -> None:
        """Make the job."""
        body = self._client.post(
            self._client.data("jobs/query"),
            json={"operation": "queryAll", "query": query, "contentType": "CSV"},
        ).json()
        self.memory |= {"id": str(body["id"]), "locator": "", "count": 0}

    def wait(self) -> int:
        """Wait until the job is done and return how many records it holds.

        Raises:
            ResumeLaterError: It takes longer than a run waits.
            JobFailedError: It failed.
        """
        pause, waited = FIRST_PAUSE, 0.0
        while True:
            body = self._client.get(self._path()).json()
            state = body.get("state")
            if state == DONE:
                return int(body.get("numberRecordsProcessed") or 0)
            if state in FAILED:
                raise JobFailedError(
                    f"the bulk job is {state}: {body.get('errorMessage') or 'no reason is given'}",
                    where=self._where,
                    fix="Run again: a new job is made",
                )
            if waited + pause > MOST_SECONDS:
                raise ResumeLaterError(
                    f"the bulk job is still {state}",
                    where=self._where,
                    fix="Run again later: it goes on with the same job",
                )
            self._reader.progress(f"{self._where}: bulk job {state}")
            client.sleep(pause)
            waited += pause
            pause = min(pause * 2, LONGEST_PAUSE)

    def parts(self) -> Iterator[Page]:
        """Yield the payloads part by part; once one is taken, the memory points behind it."""
        cursors = Cursors(self._where)
        while True:
            page, locator = self._part()
            yield page
            self.memory |= {"count": self.memory["count"] + len(page), "locator": locator}
            if not locator:
                return
            cursors.follow(locator)

    def _path(self) -> str:
        return self._client.data(f"jobs/query/{self.memory['id']}")

    def _part(self) -> tuple[Page, str]:
        asked: dict[str, Any] = {"maxRecords": MOST_RECORDS}
        if self.memory["locator"]:
            asked["locator"] = self.memory["locator"]
        for _ in range(TRIES):
            with temporary(f"salesforce.{self._name}.csv") as path:
                answer = self._client.get(f"{self._path()}/results", asked, stream_to=into(path))
                page = [from_csv(cells, self._types) for cells in _rows(path)]
            if len(page) == _announced(answer):
                locator = answer.headers.get("Sforce-Locator", "")
                # the word, not the absence, says that this is the last part
                return page, "" if locator == "null" else locator
        raise IncompleteAnswerError(
            f"{_announced(answer)} records were announced and {len(page)} came",
            where=self._where,
            fix="Run again: it goes on with the same job",
        )


def _announced(answer: Answer) -> int:
    return int(answer.headers.get("Sforce-NumberOfRecords") or 0)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        for row in csv.DictReader(file):
            # a row of another length was cut or is no row
            yield {name: text or "" for name, text in row.items() if name is not None}
