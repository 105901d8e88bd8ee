"""What changed since a given time: HubSpot's search, and the ways around its limits.

A search shows at most 10,000 rows. After that it starts again from the time it has reached. If more
rows than that changed in one millisecond (a bulk update), they are read by their ids. Pages are offsets
into an order that moves while rows change, so a scan that shows fewer records than announced is
repeated once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.errors import IncompleteAnswerError
from ingestion.sources.hubspot.api import (
    modified_at,
    modified_property,
    next_page,
    results_of,
    to_milliseconds,
)
from ingestion.toolkit.pagination import Cursors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sources.hubspot.api import Record
    from ingestion.toolkit.source import Reader

LIMIT = 200
MOST_ROWS = 10_000
# a search from 1970 itself fails with status 500
EARLIEST = 1000


class Search:
    """One search for the changed objects of a type.

    Args:
        reader: What the stream reads with.
        kind: Object type, e.g. ``contacts``.
        names: Properties to ask for.
    """

    def __init__(self, reader: Reader, kind: str, names: list[str]) -> None:
        self._reader, self._kind, self._names = reader, kind, names
        self._where = f"hubspot {kind}"
        self._modified = modified_property(kind)
        # how many records the search says there are; 0 where it does not say
        self._announced = 0
        self._is_finished = False

    def changed_since(self, since: int) -> Iterator[list[Any]]:
        """Yield what changed at or after a moment in milliseconds; rows may come twice.

        Raises:
            IncompleteAnswerError: The search does not get any further.
        """
        for _ in range(2):
            ids: set[str] = set()
            self._announced = 0
            yield from self._scan(max(since, EARLIEST), ids)
            if len(ids) >= self._announced:
                return
        self._reader.note(f"the search announced {self._announced} records and showed {len(ids)}")

    def _scan(self, since: int, ids: set[str]) -> Iterator[list[Any]]:
        while True:
            known, results = len(ids), []
            for results in self._window(since):
                ids.update(str(record.get("id")) for record in results if isinstance(record, dict))
                yield results
            if self._is_finished:
                return
            reached = self._earliest(results, since)
            if reached is None or len(ids) == known:
                raise IncompleteAnswerError(
                    "the search shows the same records again and again",
                    where=self._where,
                    fix="Run again later; if it stays so, tell the vendor's support",
                )
            if reached == since:
                # all that was shown may have changed in this one millisecond
                for results in self._one_millisecond(since):
                    ids.update(str(record.get("id")) for record in results)
                    yield results
                reached += 1
            since = reached

    def _window(self, since: int) -> Iterator[list[Any]]:
        """Yield pages until the end, or as far as the search shows rows."""
        cursors = Cursors(self._where)
        filters = [{"propertyName": self._modified, "operator": "GTE", "value": str(since)}]
        after: str | None = None
        while True:
            body = self._ask(filters, self._modified, after)
            if isinstance(body.get("total"), int):
                self._announced = self._announced or body["total"]
            yield results_of(body, self._where)
            following = next_page(body)
            self._is_finished = following is None
            if following is None:
                return
            after = cursors.follow(following)
            if not after.isdigit() or int(after) + LIMIT > MOST_ROWS:
                return

    def _one_millisecond(self, moment: int) -> Iterator[list[Record]]:
        """Yield the rows of one millisecond in the order of their ids, without offsets."""
        cursors = Cursors(self._where)
        last = 0
        while True:
            after_id = cursors.follow(last)
            filters = [
                {"propertyName": self._modified, "operator": "EQ", "value": str(moment)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": after_id},
            ]
            body = self._ask(filters, "hs_object_id", None)
            results = [r for r in results_of(body, self._where) if isinstance(r, dict)]
            if not results:
                return
            yield results
            ids = [int(r["id"]) for r in results if str(r.get("id")).isdigit()]
            last = max([last, *ids])

    def _earliest(self, results: list[Any], since: int) -> int | None:
        """Return the earliest time on a page; its rows may be a little out of order."""
        moments = [modified_at(r, self._kind) for r in results if isinstance(r, dict)]
        found = [to_milliseconds(moment) for moment in moments if moment is not None]
        return min((moment for moment in found if moment >= since), default=None)

    def _ask(self, filters: list[dict[str, str]], sort: str, after: str | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": self._names,
            "limit": LIMIT,
        }
        if after is not None:
            body["after"] = after
        answer: dict[str, Any] = self._reader.client.post(
            f"/crm/v3/objects/{self._kind}/search", json=body
        ).json()
        return answer
