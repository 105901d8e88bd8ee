"""A ChartMogul account in miniature."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.ingestion.sources.emulator import Reply, Request

KEY = "cm-secret-key"
TODAY = date(2026, 6, 15)


def customer(uuid: Any, status: str = "Active") -> dict[str, Any]:
    """Return a customer."""
    return {"uuid": uuid, "external_id": f"own-{uuid}", "status": status, "customer-since": None}


def activity(uuid: Any, when: Any, **more: Any) -> dict[str, Any]:
    """Return an activity."""
    return {"uuid": uuid, "date": when, "type": "new_biz", "customer-uuid": "cus_1", **more}


class Billing:
    """A ChartMogul account in miniature."""

    def __init__(self) -> None:
        self.lists: dict[str, list[Any]] = {
            "/customers": [],
            "/plans": [],
            "/invoices": [],
        }
        self.activities: list[dict[str, Any]] = []
        self.subscriptions: dict[str, list[dict[str, Any]]] = {}
        self.page_size = 2

    def answer(self, request: Request) -> Any:
        """Answer as the vendor does."""
        path = request.path
        if path == "/account":
            account = {"id": "acc_1", "name": "Acme", "currency": "EUR", "time_zone": "UTC"}
            asked_for = request.params.get("include", "").split(",")
            told = {"churn_when_zero_mrr": "ignore"}
            return account | {name: told[name] for name in asked_for if name in told}
        if path == "/activities":
            asked = (request.params["start-date"], request.params["end-date"])
            start, end = (datetime.fromisoformat(text) for text in asked)
            found = [
                each
                for each in self.activities
                if "-" not in str(each.get("date"))
                or start <= datetime.fromisoformat(each["date"]) <= end
            ]
            return self._page(request, "entries", found)
        if path.endswith("/subscriptions"):
            customer = path.split("/")[2]
            if customer not in self.subscriptions:
                return Reply({"code": 404, "message": "Customer not found", "param": "uuid"}, 404)
            return self._page(request, "entries", self.subscriptions[customer])
        if path.startswith("/metrics/"):
            return {"entries": [{"date": "2026-05-31", "mrr": 3000}], "summary": {"current": 3000}}
        root = "entries" if path == "/customers" else path.strip("/")
        return self._page(request, root, self.lists[path])

    def _page(self, request: Request, root: str, records: list[Any]) -> dict[str, Any]:
        start = int(request.params.get("cursor", "0"))
        end = start + self.page_size
        # as the vendor does it, the last page has a cursor too
        return {root: records[start:end], "cursor": str(end), "has_more": end < len(records)}
