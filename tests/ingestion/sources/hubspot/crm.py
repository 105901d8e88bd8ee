"""A HubSpot account in miniature."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingestion.sources.hubspot import api
from tests.ingestion.sources.emulator import Reading, Reply, Request

TOKEN = "pat-secret-token"
TODAY = date(2026, 6, 15)
START_OF_TODAY = datetime(2026, 6, 15, tzinfo=UTC)


def day(number: int, **more: int) -> datetime:
    """Return a moment of June 2026, the month in which the tests live."""
    return datetime(2026, 6, number, tzinfo=UTC) + timedelta(**more)


def milliseconds(moment: datetime) -> int:
    """Return a moment as HubSpot counts it."""
    return int(moment.timestamp() * 1000)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    """Return the ids of rows."""
    return [row["id"] for row in rows]


def incremental(reading: Reading, stream: str = "contacts") -> list[dict[str, Any]]:
    """Return what a later run of the same day reads of a stream."""
    return reading.rows(stream, reading.reader(stream, known=True))


class Crm:
    """A HubSpot account in miniature; its search trails nothing and reaches ``most_rows``."""

    def __init__(self) -> None:
        self.objects: dict[str, list[dict[str, Any]]] = {
            kind: [] for kind in ("contacts", "companies", "deals", "tickets")
        }
        self.names = ["email", "firstname", "hs_merged_object_ids"]
        self.links: dict[tuple[str, str, str], list[int]] = {}
        self.page_size = 100
        self.most_rows = 10_000
        # the last row of each page and the first of the next one change places
        self.is_out_of_order = False
        # an object is put at the end of the order once this many pages were shown
        self.touch_after: tuple[int, str] | None = None

    def add(self, kind: str, number: int, changed: datetime, **more: Any) -> dict[str, Any]:
        """Add an object."""
        text = changed.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record = {
            "id": str(number),
            "properties": {
                "email": f"p{number}@acme.example",
                "hs_object_id": str(number),
                api.modified_property(kind): text,
                **more.pop("properties", {}),
            },
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": text,
            "archived": False,
            **more,
        }
        self.objects[kind].append(record)
        return record

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        parts = request.path.strip("/").split("/")
        if parts[2] == "properties":
            return {"results": [{"name": name} for name in self.names]}
        if parts[2] == "owners":
            archived = request.params["archived"] == "true"
            return {"results": [{"id": "9" if archived else "8", "email": "a@acme.example"}]}
        if parts[1] == "v4":
            return self._associations(parts[3], parts[4], request.body["inputs"])
        if parts[-1] == "search":
            return self._search(parts[3], request.body)
        return self._listing(parts[3], request.params)

    def _listing(self, kind: str, params: dict[str, str]) -> dict[str, Any]:
        archived = params.get("archived") == "true"
        found = [each for each in self.objects[kind] if each["archived"] == archived]
        found.sort(key=lambda each: int(each["id"]))
        start = int(params.get("after", "0"))
        found = [each for each in found if int(each["id"]) >= start]
        body: dict[str, Any] = {
            "results": [_shown(e, params["properties"].split(",")) for e in found[: self.page_size]]
        }
        if len(found) > self.page_size:
            body["paging"] = {"next": {"after": found[self.page_size]["id"]}}
        return body

    def _search(self, kind: str, body: dict[str, Any]) -> Any:
        after, limit = int(body.get("after", "0")), body["limit"]
        if after + limit > self.most_rows:
            return Reply(
                {"status": "error", "message": "exceeds 10000", "category": "VALIDATION_ERROR"}, 400
            )
        found = [each for each in self.objects[kind] if not each["archived"]]
        for condition in body["filterGroups"][0]["filters"]:
            found = [each for each in found if self._meets(each, condition)]
        found.sort(key=lambda each: self._value(each, body["sorts"][0]["propertyName"]))
        if self.is_out_of_order:
            for border in range(limit, len(found), limit):
                found[border - 1 : border + 1] = reversed(found[border - 1 : border + 1])
        shown = [_shown(each, body["properties"]) for each in found[after : after + limit]]
        answer: dict[str, Any] = {"total": len(found), "results": shown}
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        if self.touch_after is not None and after + limit == self.touch_after[0]:
            (moved,) = (e for e in self.objects[kind] if e["id"] == self.touch_after[1])
            self.objects[kind].remove(moved)
            self.add(kind, int(moved["id"]), START_OF_TODAY - timedelta(minutes=1))
            self.touch_after = None
        return answer

    def _value(self, record: dict[str, Any], name: str) -> int:
        if name == "hs_object_id":
            return int(record["id"])
        return milliseconds(datetime.fromisoformat(record["properties"][name]))

    def _meets(self, record: dict[str, Any], condition: dict[str, str]) -> bool:
        value, wanted = (
            self._value(record, condition["propertyName"]),
            int(condition["value"]),
        )
        return {"GTE": value >= wanted, "EQ": value == wanted, "GT": value > wanted}[
            condition["operator"]
        ]

    def _associations(self, kind: str, target: str, inputs: list[dict[str, str]]) -> Any:
        results, errors = [], []
        for given in inputs:
            linked = self.links.get((kind, given["id"], target))
            if not linked:
                errors.append({"status": "error", "category": "OBJECT_NOT_FOUND"})
                continue
            start = int(given.get("after", "0"))
            types = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
            result: dict[str, Any] = {
                "from": {"id": given["id"]},
                "to": [
                    {"toObjectId": n, "associationTypes": types} for n in linked[start : start + 2]
                ],
            }
            if len(linked) > start + 2:
                result["paging"] = {"next": {"after": str(start + 2)}}
            results.append(result)
        body = {"status": "COMPLETE", "results": results}
        return Reply(body | {"numErrors": len(errors), "errors": errors}, 207) if errors else body


def _shown(record: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {**record, "properties": {n: record["properties"].get(n) for n in names}}
