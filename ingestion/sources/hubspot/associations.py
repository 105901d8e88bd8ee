"""Which objects belong together, read for every object that a run has touched.

An object's associations are read completely and replace the stored ones. If an earlier run loaded
objects but not their associations, all objects of the type are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.control.store import batches
from ingestion.errors import IncompleteAnswerError
from ingestion.records.times import parse_time
from ingestion.sources.hubspot.api import naming_scope, next_page, pages, results_of
from ingestion.toolkit.pagination import Cursors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingestion.http.client import Client
    from ingestion.sources.hubspot.objects import Touched
    from ingestion.toolkit.source import Page, Reader

TARGETS = {
    "contacts": ("companies",),
    "deals": ("companies", "contacts"),
    "tickets": ("contacts", "companies"),
}
BATCH = 1000
TRIES = 3
# what an object without associations is answered with
NONE_FOUND = "OBJECT_NOT_FOUND"


def read_associations(reader: Reader) -> Iterator[Page]:
    """Yield the associations of each touched object, and cover it even where it has none."""
    for kind, targets in TARGETS.items():
        touched: Touched | None = reader.shared.get(kind)
        if touched is None or touched.until is None:
            reader.note(f"{kind} were not read")
            reader.partial()
            continue
        if touched.since is not None:
            reader.partial()
        with naming_scope(kind):
            ids = list(_ids(reader, kind, touched))
            for done, batch in enumerate(batches(ids, BATCH), start=1):
                for target in targets:
                    yield from _pages(reader, kind, target, batch)
                reader.covered(*(f"{kind}:{object_id}" for object_id in batch))
                reader.progress(f"associations of {min(done * BATCH, len(ids))} {kind}")
        reader.state[kind] = touched.until.isoformat()


def _ids(reader: Reader, kind: str, touched: Touched) -> Iterator[str]:
    reached = reader.state.get(kind)
    has_gap = reached is None or (touched.since is not None and parse_time(reached) < touched.since)
    if touched.since is None or not has_gap:
        yield from touched.ids
        return
    for results in pages(
        reader.client, f"/crm/v3/objects/{kind}", {"properties": "hs_object_id"}, kind
    ):
        yield from (str(r["id"]) for r in results if isinstance(r, dict) and r.get("id"))


def _pages(
    reader: Reader, kind: str, target: str, ids: Sequence[str]
) -> Iterator[list[dict[str, Any]]]:
    cursors = {object_id: Cursors(f"hubspot associations of {kind}") for object_id in ids}
    inputs = [{"id": object_id} for object_id in ids]
    while inputs:
        results = _ask(reader.client, kind, target, inputs)
        yield [row for result in results for row in _rows(kind, target, result)]
        # an object with many associations has pages of its own
        inputs = [
            {"id": object_id, "after": cursors[object_id].follow(after)}
            for result in results
            if (after := next_page(result)) is not None and (object_id := str(result["from"]["id"]))
        ]


def _ask(
    client: Client, kind: str, target: str, inputs: list[dict[str, str]]
) -> list[dict[str, Any]]:
    where = f"hubspot associations of {kind}"
    asked = {given["id"] for given in inputs}
    for _ in range(TRIES):
        body = client.post(
            f"/crm/v4/associations/{kind}/{target}/batch/read", json={"inputs": inputs}
        ).json()
        results = results_of(body, where)
        _refuse_partial(body, where)
        # an answer that was sent once more speaks of other objects
        if asked.issuperset(_from_id(result) for result in results):
            return results
    raise IncompleteAnswerError(
        "the answer is about other objects than were asked for", where=where, fix="Run again later"
    )


def _refuse_partial(body: dict[str, Any], where: str) -> None:
    for error in body.get("errors") or []:
        if error.get("category") != NONE_FOUND:
            raise IncompleteAnswerError(
                f"a part of the batch failed: {error.get('category')}",
                where=where,
                fix="Run again later",
            )


def _from_id(result: Any) -> str:
    try:
        return str(result["from"]["id"])
    except (KeyError, TypeError):
        return ""


def _rows(kind: str, target: str, result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    object_id = _from_id(result)
    for other in result.get("to") or []:
        yield {
            "from_object_type": kind,
            "from_object_id": object_id,
            "to_object_type": target,
            "to_object_id": other.get("toObjectId"),
            "from_key": f"{kind}:{object_id}",
            "types": other.get("associationTypes"),
        }
