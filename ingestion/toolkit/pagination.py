"""Follows cursors and page numbers to the end of a listing, but never forever."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError, KetteError
from ingestion.http.responses import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ingestion.toolkit.source import Reader

# a page that is delivered twice brings its cursor twice: it is asked for once more, not thrice
MOST_OFTEN = 2
# of lists by page number: WordPress gives a hundred records at most
PER_PAGE = 100
PASSES = 3
PROGRESS_PAGES = 20
BAD_REQUEST = 400
TOTAL, PAGES = "X-WP-Total", "X-WP-TotalPages"


class Cursors:
    """The cursors that one listing has handed out.

    Args:
        where: Source and stream, for the message.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._times: Counter[str] = Counter()

    def follow(self, cursor: object) -> str:
        """Return the cursor of the next page.

        Raises:
            IncompleteAnswerError: There is none although more pages are said to follow, or the
                vendor hands the same one out again and again.
        """
        if cursor is None or cursor == "":
            raise IncompleteAnswerError(
                "more pages are announced but no cursor to them is given",
                where=self._where,
                fix="Run again; what was loaded before stays",
            )
        text = str(cursor)
        self._times[text] += 1
        if self._times[text] > MOST_OFTEN:
            raise IncompleteAnswerError(
                "the pages repeat: the same cursor came three times",
                where=self._where,
                fix="Run again later; if it stays so, tell the vendor's support",
            )
        return text


def records(reader: Reader, entries: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the records of a page; what is no JSON object goes into quarantine."""
    found = []
    for entry in entries:
        if isinstance(entry, dict):
            found.append(entry)
        else:
            reader.reject(entry, "not an object")
    return found


class NumberedPages:
    """A listing of WordPress or one of its plugins, page by page until the last that is announced.

    Each page tells in its headers how many records and pages there are. A record that is removed
    while pages are read moves the later ones forward, past the page that is asked for next: where
    the total falls, or fewer came than are announced, the list is read again.

    Args:
        reader: Counts what is no record and shows progress.
        path: Where the list is.
        params: What narrows it; needs an order that does not change while it is read.
    """

    def __init__(self, reader: Reader, path: str, params: Mapping[str, Any]) -> None:
        self._reader, self._path = reader, path
        self._params = {**params, "per_page": PER_PAGE}
        self._where = f"{reader.client.source} {path}"
        self._known: set[str] = set()

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages, each record once.

        Raises:
            IncompleteAnswerError: A page is no list, or records are missing each time.
        """
        for _ in range(PASSES):
            totals: list[int] = []
            came: set[str] = set()
            for entries in self._pages(totals):
                marks = {_mark(entry): entry for entry in entries}
                yield records(
                    self._reader, [marks[mark] for mark in marks if mark not in self._known]
                )
                came.update(marks)
                self._known.update(marks)
            if totals == sorted(totals) and (not totals or len(came) >= totals[-1]):
                return
        raise IncompleteAnswerError(
            f"{totals[-1]} records are announced, and {len(came)} came",
            where=self._where,
            fix="Run again later; what was loaded before stays",
        )

    def _pages(self, totals: list[int]) -> Iterator[list[Any]]:
        """Yield the pages of one pass, and note the total that each announces."""
        for number in count(1):
            answer = self._reader.client.get(
                self._path, {**self._params, "page": number}, accept=(BAD_REQUEST,)
            )
            entries = answer.json()
            if answer.status == BAD_REQUEST:
                self._refused(entries, number)
                return
            if not isinstance(entries, list):
                raise IncompleteAnswerError(
                    "the answer is no list", where=self._where, fix="Check the address of the site"
                )
            total, pages = (_whole(answer.headers.get(name)) for name in (TOTAL, PAGES))
            totals.extend([] if total is None else [total])
            yield entries
            if pages and number % PROGRESS_PAGES == 0:
                self._reader.progress(f"{self._where}: page {number:,} of {pages:,}")
            # whoever keeps the headers back is read until a page is empty
            if not entries or (pages is not None and number >= pages):
                return

    def _refused(self, body: Any, number: int) -> None:
        """Raise for what is refused, unless it is a page behind the last one."""
        code = str(body.get("code")) if isinstance(body, dict) else ""
        if number == 1 or not code.endswith("invalid_page_number"):
            raise KetteError(
                f"the vendor refuses the request, status 400: "
                f"{self._reader.client.shown(message(body))}",
                where=self._where,
            )


def _mark(entry: Any) -> str:
    """Return what tells an entry apart: its id, or all of one that has none."""
    found = entry.get("id") if isinstance(entry, dict) else None
    return repr(entry if found is None else found)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None
