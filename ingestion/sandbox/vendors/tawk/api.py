"""tawk.to's REST API over the simulated company: ``POST /v1/<object>.<verb>``.

Its lists are difficult: pages overlap, a page after the end repeats the last one, and a ``size`` that is
too large is silently reduced.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router

from ingestion.sandbox import credentials
from ingestion.sandbox.common import Call, Refusal, Store, endpoint, rows
from ingestion.sandbox.vendors.tawk import objects
from ingestion.sandbox.vendors.tawk.objects import (
    PROPERTY,
    given,
    messages_of,
    rest_chat,
    rest_ticket,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import duckdb

    Body = dict[str, Any]

PER_SECOND = 4
LARGEST_PAGE, USUAL_PAGE = 200, 50
RATE_LIMITED = {"ok": False, "error": "too many requests"}
SORTS = {
    "co-new-old": "created_ms desc", "co-old-new": "created_ms",
    "uo-new-old": "updated_ms desc", "uo-old-new": "updated_ms",
}  # fmt: skip
DATE_TYPES = {"cso": "created_ms", "cuo": "updated_ms"}


def settings(base_url: str, _start_date: str) -> dict[str, str]:
    """Return the settings of a source that is to find its data here; it has no start date."""
    return {
        "base_url": f"{base_url}/v1",
        "api_key": credentials.TAWK_API_KEY,
        "property_id": credentials.TAWK_PROPERTY_ID,
        "webhook_secret": credentials.TAWK_WEBHOOK_SECRET,
    }


def router(store: Store) -> Router:
    """Return tawk.to's endpoints."""
    api = Api(store)
    return Router(
        [Route("/v1/{method}", endpoint(api.answer), methods=["POST"])], redirect_slashes=False
    )


def _error(status: int, text: str) -> Refusal:
    return Refusal(status, {"ok": False, "error": text})


def _data(data: object) -> Response:
    return JSONResponse({"ok": True, "data": data})


def _required(body: Body, name: str) -> str:
    if not isinstance(body.get(name), str) or not body[name]:
        raise _error(400, f"{name} is required")
    return str(body[name])


def _property(body: Body) -> None:
    if _required(body, "propertyId") != credentials.TAWK_PROPERTY_ID:
        raise _error(403, "no access to this property")


class Api:
    """The methods over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._limit = store.limit(PER_SECOND, 1)
        self._methods: dict[str, Callable[[Body], Response]] = {
            "agent.me": self._me,
            "property.list": self._properties,
            "property.info": self._property_info,
            "members.list": self._members,
            "chat.list": self._chats,
            "chat.get": self._chat,
            "ticket.list": self._tickets,
            "ticket.get": self._ticket,
            "contact.person.get": self._person,
            "contact.attribute.list-custom": self._attributes,
        }

    def answer(self, call: Call) -> Response:
        """Answer one method."""
        if (call.basic() or ("",))[0] != credentials.TAWK_API_KEY:
            raise _error(401, "invalid API key")
        self._limit.spend(Refusal(429, RATE_LIMITED))
        method = self._methods.get(call.path["method"])
        if method is None:
            raise _error(404, "unknown method")
        return method(call.json())

    def _database(self) -> duckdb.DuckDBPyConnection:
        return self._store.database(objects.prepare)

    def _agents(self) -> list[Body]:
        found = rows(self._database(), "select * from agents order by agent_id")
        return [{"id": row["agent_id"], "name": row["name"]} for row in found]

    def _me(self, _: Body) -> Response:
        return _data(
            {"id": "5f0000000000000000000001", "name": "Kette", "email": "kette@nordlicht.example"}
        )

    def _properties(self, _: Body) -> Response:
        return _data([{"propertyId": PROPERTY["id"], "name": PROPERTY["name"]}])

    def _property_info(self, body: Body) -> Response:
        _property(body)
        return _data(
            {"propertyId": PROPERTY["id"], "name": PROPERTY["name"], "agents": self._agents()}
        )

    def _members(self, body: Body) -> Response:
        _property(body)
        return _data(self._agents())

    def _attributes(self, body: Body) -> Response:
        _property(body)
        return _data({"dataAttributes": []})

    def _chats(self, body: Body) -> Response:
        found = self._page(body, "chats", "chat_id")
        messages = messages_of(self._database(), found)
        return _data([rest_chat(chat, messages[chat["chat_id"]]) for chat in found])

    def _tickets(self, body: Body) -> Response:
        return _data([rest_ticket(ticket) for ticket in self._page(body, "tickets", "ticket_id")])

    def _chat(self, body: Body) -> Response:
        _property(body)
        chat = self._one("chats", "chat_id", _required(body, "chatId"))
        return _data(rest_chat(chat, messages_of(self._database(), [chat])[chat["chat_id"]]))

    def _ticket(self, body: Body) -> Response:
        _property(body)
        ticket = self._one("tickets", "ticket_id", _required(body, "ticketId"))
        return _data({**rest_ticket(ticket), "events": []})

    def _person(self, body: Body) -> Response:
        _property(body)
        chat = self._one("chats", "person_id", _required(body, "personId"))
        emails = [chat["visitor_email"]] if chat["visitor_email"] else []
        person = given(
            id=chat["person_id"],
            name={"first": chat["visitor_name"]},
            emails=emails,
            primaryEmail=next(iter(emails), None),
            firstSeenOn=objects.iso(chat["created_ms"]),
            tags=[],
        )
        return _data({"person": person})

    def _one(self, table: str, key: str, value: str) -> Body:
        query = f"select * from {table} where {key} = ? order by created_ms desc limit 1"  # noqa: S608
        found = rows(self._database(), query, [value])
        if not found:
            raise _error(404, "not found")
        return found[0]

    def _page(self, body: Body, table: str, key: str) -> list[Body]:
        """Return one page of a list, with the vendor's repetitions."""
        _property(body)
        conditions, values = _conditions(body, table)
        where = " and ".join(conditions)
        total = rows(
            self._database(),
            f"select count(*) as total from {table} where {where}",  # noqa: S608
            values,
        )[0]["total"]
        size = min(_number(body, "size", USUAL_PAGE), LARGEST_PAGE)
        # items move while pages are read: each page shows the last item of the one before again
        step = max(1, size - 1)
        last = max(0, -(-(total - size) // step))
        page = min(_number(body, "page", 0), last)
        order = SORTS.get(body.get("sort", "co-new-old"))
        if order is None:
            raise _error(400, f"sort must be one of {', '.join(SORTS)}")
        return rows(
            self._database(),
            f"select * from {table} where {where} order by {order}, {key}"  # noqa: S608
            f" limit {size} offset {page * step}",
            values,
        )


def _conditions(body: Body, table: str) -> tuple[list[str], list[Any]]:
    conditions, values = ["true"], list[Any]()
    # what was deleted is shown on demand only
    if body.get("deleted") is not True:
        conditions.append("not is_deleted")
    column = DATE_TYPES.get(body.get("dateType", "cso"))
    if column is None:
        raise _error(400, f"dateType must be one of {', '.join(DATE_TYPES)}")
    for name, operator in (("startDate", ">="), ("endDate", "<=")):
        if body.get(name):
            conditions.append(f"{column} {operator} ?")
            values.append(_moment(body[name], name))
    if table == "tickets" and body.get("status"):
        conditions.append("status = ?")
        values.append(body["status"])
    if table == "chats" and body.get("tags"):
        conditions.append("list_has_any(tags_json::json::varchar[], ?)")
        values.append(_texts(body["tags"]))
    return conditions, values


def _texts(value: object) -> list[str]:
    items: Iterable[object] = value if isinstance(value, list) else [value]
    return [str(item) for item in items]


def _number(body: Body, name: str, default: int) -> int:
    value = body.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < (name == "size"):
        raise _error(400, f"{name} must be a whole number")
    return value


def _moment(value: object, name: str) -> int:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _error(400, f"{name} must be an ISO 8601 date") from None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
