"""ActiveCampaign's API over the simulated company: ``/api/3/…`` and the old ``/admin/api.php``.

Every value is text. Listings have no reliable order, unknown filters are silently ignored, and sometimes
the API refuses a valid token or gives an empty answer.
"""

from __future__ import annotations

import hmac
import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, rows
from ingestion.sandbox.vendors.activecampaign import objects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    Record = dict[str, Any]

PER_SECOND = 5
LARGEST_PAGE, USUAL_PAGE = 100, 20
RATE_LIMITED = {"message": "Too Many Requests"}
# every so manieth valid call is refused, or answered with nothing
REFUSED_EACH, EMPTY_EACH = 60, 85


class Listing(NamedTuple):
    """A listing: the table or query it reads, and how it writes a row."""

    table: str
    write: Callable[[Mapping[str, Any]], Record]


WITH_EMAIL = "(select {0}.*, email from {0} join contacts on contacts.id = contact_id) as {0}"
LISTINGS = {
    "contacts": Listing("contacts", objects.contact),
    "lists": Listing("lists", objects.named),
    "tags": Listing("tags", objects.named),
    "automations": Listing("automations", objects.named),
    "contactLists": Listing("contact_lists", objects.contact_list),
    "contactTags": Listing("contact_tags", objects.contact_tag),
    "contactAutomations": Listing("contact_automations", objects.contact_automation),
    "messages": Listing("messages", objects.message),
    "campaigns": Listing("campaigns", objects.campaign),
    "links": Listing("links", objects.link),
    "bounceLogs": Listing(WITH_EMAIL.format("bounces"), objects.bounce),
    "deals": Listing("deals", objects.deal),
}
REPORTS = {
    "campaign_report_open_list": "opens",
    "campaign_report_unopen_list": "sends",
    "campaign_report_unsubscription_list": "unsubscriptions",
    "campaign_report_bounce_list": "bounces",
}


def settings(base_url: str, _start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here; it has no start date."""
    return {
        "base_url": base_url,
        "api_token": credentials.ACTIVECAMPAIGN_API_TOKEN,
        "webhook_secret": credentials.ACTIVECAMPAIGN_WEBHOOK_SECRET,
        "time_zone": objects.TIME_ZONE,
    }


def router(store: Store) -> Router:
    """Return ActiveCampaign's endpoints."""
    api = Api(store)
    return Router(
        [
            Route("/admin/api.php", endpoint(api.report)),
            Route("/api/3/campaigns/{campaign}/links", endpoint(api.links)),
            Route("/api/3/links/{link}/linkData", endpoint(api.link_data)),
            Route("/api/3/{name}", endpoint(api.listing)),
        ],
        redirect_slashes=False,
    )


class Api:
    """The endpoints over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_SECOND, 1)
        self._calls = itertools.count(1)

    def listing(self, call: Call) -> Response:
        """Answer one page of a listing."""
        name = call.path["name"]
        if (empty := self._admitted(call.headers.get("api-token", ""))) is not None:
            return empty
        found = LISTINGS.get(name)
        if found is None:
            raise Refusal(404, {"message": f"No Result found for {name}"})
        conditions, values = _conditions(call) if name == "contacts" else (["true"], [])
        order = "id::bigint" if call.params.get("orders[id]") == "ASC" else "md5(id)"
        return self._page(call, name, found, conditions, values, order)

    def links(self, call: Call) -> Response:
        """Answer with the links of a campaign."""
        if (empty := self._admitted(call.headers.get("api-token", ""))) is not None:
            return empty
        values = [call.path["campaign"]]
        return self._page(call, "links", LISTINGS["links"], ["campaign_id = ?"], values, "md5(id)")

    def link_data(self, call: Call) -> Response:
        """Answer with who used a link."""
        if (empty := self._admitted(call.headers.get("api-token", ""))) is not None:
            return empty
        found = Listing("link_data", objects.link_use)
        values = [call.path["link"]]
        return self._page(call, "linkData", found, ["link_id = ?"], values, "md5(contact_id)")

    def report(self, call: Call) -> Response:
        """Answer one of the old API's reports, whole."""
        if (empty := self._admitted(call.params.get("api_key", ""))) is not None:
            return empty
        table = REPORTS.get(call.params.get("api_action", ""))
        if table is None or call.params.get("api_output") != "json":
            raise Refusal(200, {"result_code": 0, "result_message": "Failed: unknown action"})
        opened = (
            " and contact_id not in (select contact_id from opens where campaign_id = ?)"
            if table == "sends"
            else ""
        )
        campaign = call.params.get("campaignid", "")
        found = rows(
            self._database(),
            f"select * from {WITH_EMAIL.format(table)} where campaign_id = ?{opened} "  # noqa: S608
            "order by md5(contact_id)",
            [campaign] * (2 if opened else 1),
        )
        if not found:
            return JSONResponse({"result_code": 0, "result_message": "Failed: Nothing is returned"})
        numbered = {str(place): objects.report_row(row) for place, row in enumerate(found)}
        return JSONResponse(
            numbered | {"result_code": 1, "result_message": "Success", "result_output": "json"}
        )

    def _database(self) -> duckdb.DuckDBPyConnection:
        return self._store.database(objects.prepare)

    def _admitted(self, token: str) -> Response | None:
        """Refuse a wrong token and too many calls; return an answer that is empty by accident."""
        expected = credentials.ACTIVECAMPAIGN_API_TOKEN
        if not hmac.compare_digest(token.encode(), expected.encode()):
            raise Refusal(403, {"message": "You do not have permission to perform this action"})
        if (wait := self._limit.take()) is not None:
            raise Refusal(429, RATE_LIMITED, {"Retry-After": f"{wait:.2f}"})
        number = next(self._calls)
        if number % REFUSED_EACH == 0:
            raise Refusal(403, {"message": "Forbidden"})
        return Response(b"", media_type="application/json") if number % EMPTY_EACH == 0 else None

    def _page(
        self,
        call: Call,
        name: str,
        found: Listing,
        conditions: list[str],
        values: list[Any],
        order: str,
    ) -> Response:
        where = " and ".join(conditions)
        database = self._database()
        total = rows(database, f"select count(*) as n from {found.table} where {where}", values)  # noqa: S608
        limit = min(_number(call, "limit", USUAL_PAGE), LARGEST_PAGE)
        page = rows(
            database,
            f"select * from {found.table} where {where} order by {order} "  # noqa: S608
            f"limit {limit} offset {_number(call, 'offset', 0)}",
            values,
        )
        body = {name: [found.write(row) for row in page], "meta": {"total": str(total[0]["n"])}}
        return JSONResponse(body)


def _conditions(call: Call) -> tuple[list[str], list[Any]]:
    """Return which contacts are asked for; filters that are not known change nothing."""
    conditions, values = ["true"], list[Any]()
    if after := call.params.get("id_greater"):
        conditions.append("id::bigint > ?")
        values.append(int(after))
    if since := call.params.get("filters[updated_after]"):
        conditions.append("updated_s > ?")
        values.append(_seconds(since))
    if email := call.params.get("email"):
        conditions.append("lower(email) = lower(?)")
        values.append(email)
    return conditions, values


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            422,
            {"errors": [{"title": "The date is invalid", "detail": "", "code": "field_invalid",
                         "source": {"pointer": "/filters/updated_after"}}]},
        ) from None  # fmt: skip
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


def _number(call: Call, name: str, usual: int) -> int:
    text = call.params.get(name, "")
    return int(text) if text.isdigit() else usual
