"""A Trustmary account in miniature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.ingestion.sources.emulator import Reply

if TYPE_CHECKING:
    from tests.ingestion.sources.emulator import Request

KEY = "trustmary-key"
TODAY = "2026-06-15"


class Account:
    """A Trustmary account in miniature: bare arrays by offset."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Any]] = {
            "/contacts": [], "/lists": [], "/surveys": [], "/reviews": [], "/sent": [],
        }  # fmt: skip
        self.page_size = 2
        self.knows_offset = True

    def add_survey(self, name: str, *answers: dict[str, Any], **more: Any) -> None:
        """Add a survey or replace it."""
        entry = {"id": name, "type": "customer", "count": len(answers), **moment(1), **more}
        kept = [each for each in self.lists["/surveys"] if each["id"] != name]
        self.lists["/surveys"] = [*kept, entry]
        self.lists[f"/survey/{name}/responses"] = list(answers)

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Apikey {KEY}":
            return Reply({"message": "Unauthorized"}, 401)
        found = self.lists.get(request.path)
        if found is None:
            return Reply({"message": "Not found"}, 404)
        if request.path == "/contacts" and request.params.get("includeAll") != "true":
            found = [each for each in found if not each.get("deleted_at")]
        if "offset" not in request.params or not self.knows_offset:
            return found
        start = int(request.params["offset"])
        return found[start : start + self.page_size]


def moment(day: int, **more: Any) -> dict[str, Any]:
    """Return the times of a record of a day of June 2026."""
    return {"created_at": f"2026-06-{day:02}T10:00:00+02:00",
            "updated_at": f"2026-06-{day:02}T10:00:00+02:00", "deleted_at": None, **more}  # fmt: skip


def answer(name: str, day: int = 1, **values: Any) -> dict[str, Any]:
    """Return an answer."""
    return {"answer_id": name, "answer_values": {"nps": 9, **values}, **moment(day)}


def contact(number: int, **more: Any) -> dict[str, Any]:
    """Return a contact."""
    return {"id": f"c{number}", "email": f"p{number}@x.example", **moment(1), **more}


def ids(rows: list[dict[str, Any]], key: str = "id") -> list[str]:
    """Return the ids of some rows, in order."""
    return [row[key] for row in rows]
