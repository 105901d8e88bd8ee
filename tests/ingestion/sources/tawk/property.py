"""A tawk.to property in miniature, as its REST API lists it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.ingestion.sources.emulator import Request

KEY, SECRET, PROPERTY = "tawk-rest-key", "tawk-secret", "5c659c297f688621d571cbb8"
TODAY = date(2026, 6, 15)


def item(number: int, created: str, updated: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a chat or ticket of a listing."""
    times = {
        "createdOn": f"{created}T10:00:00.000Z",
        "updatedOn": f"{updated or created}T10:00:00.000Z",
    }
    return {"id": f"id-{number}", **times, "deleted": False, **more}


def ids(rows: list[dict[str, Any]], kind: str = "chat") -> set[str]:
    """Return which items were read."""
    return {row[f"{kind}_id"] for row in rows}


class Property:
    """A tawk.to property in miniature.

    Args:
        paging: ``pages``: real pages and then empty ones · ``clamped``: the last page again and
            again · ``repeating``: the first page whatever is asked for.
    """

    def __init__(self, paging: str = "pages", page_size: int = 50) -> None:
        self.paging, self.page_size = paging, page_size
        self.items: dict[str, list[dict[str, Any]]] = {"chat": [], "ticket": []}

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        asked = request.body
        field = {"cso": "createdOn", "cuo": "updatedOn"}[asked["dateType"]]
        found = [
            each
            for each in self.items[request.path.strip("/").removesuffix(".list")]
            if asked["startDate"] <= each[field] <= asked["endDate"]
            and (not each["deleted"] or asked.get("deleted"))
        ]
        found.sort(key=lambda each: str(each[field]))
        size = min(asked["size"], self.page_size)
        pages = [found[start : start + size] for start in range(0, len(found), size)] or [[]]
        if self.paging == "repeating":
            return {"ok": True, "data": pages[0]}
        page = asked["page"]
        if self.paging == "clamped":
            page = min(page, len(pages) - 1)
        return {"ok": True, "data": pages[page] if page < len(pages) else []}
