"""Following cursors to the end of a listing, and never for ever."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingestion.stream import Reader

# a page that is delivered twice brings its cursor twice: it is asked for once more, not thrice
MOST_OFTEN = 2


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
