"""tawk.to's objects as its REST API and its webhooks write them: two vocabularies for one chat."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ingestion.sandbox import credentials
from ingestion.sandbox.common import load_tables, rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from ingestion.sandbox.company.clock import World

    Row = Mapping[str, Any]

PROPERTY = {"id": credentials.TAWK_PROPERTY_ID, "name": "nordlicht.example"}
SENDERS = {"v": "visitor", "a": "agent", "s": "system"}


def prepare(database: duckdb.DuckDBPyConnection, folder: Path, _: World) -> None:
    """Load tawk.to's tables."""
    load_tables(database, folder / "tawk", "agents", "chats", "messages", "tickets", "webhooks")


def messages_of(
    database: duckdb.DuckDBPyConnection, chats: Sequence[Row]
) -> dict[str, list[dict[str, Any]]]:
    """Return the messages of some chats, in order."""
    found: dict[str, list[dict[str, Any]]] = {chat["chat_id"]: [] for chat in chats}
    query = "select * from messages where chat_id in (select unnest(?)) order by sequence"
    for message in rows(database, query, [list(found)]):
        found[message["chat_id"]].append(message)
    return found


def iso(moment_ms: int) -> str:
    """Return a moment as tawk.to writes it."""
    moment = datetime.fromtimestamp(moment_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ms % 1000:03d}Z"


def given(**fields: object) -> dict[str, Any]:
    """Return the fields that have a value: the vendor leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None}


def visitor(chat: Row) -> dict[str, Any]:
    """Return who chats; the address is missing for who did not give one."""
    return given(
        name=chat["visitor_name"],
        email=chat["visitor_email"],
        city=chat["visitor_city"],
        country=chat["visitor_country"],
    )


def said(message: Row) -> dict[str, Any]:
    """Return a message as transcripts and the REST API show it; ``msg`` may be null."""
    shown = {
        "sender": given(t=message["sender"], n=message["agent_name"], id=message["agent_id"]),
        "type": "note" if message["is_note"] else "msg",
        "msg": message["text"],
        "time": iso(message["time_ms"]),
    }
    if message["attachment_json"]:
        shown["attchs"] = json.loads(message["attachment_json"])
    return shown


def rest_chat(chat: Row, messages: Sequence[Row]) -> dict[str, Any]:
    """Return a chat as the REST API shows it, with the page the visitor was on."""
    shown = [said(message) for message in messages]
    if chat["page_url"]:
        page = {"url": chat["page_url"], "title": chat["page_title"]}
        at = iso(chat["created_ms"])
        shown.insert(0, {"sender": {"t": "v"}, "type": "nav", "data": page, "time": at})
    return given(
        id=chat["chat_id"],
        type="chat",
        propertyId=PROPERTY["id"],
        personId=chat["person_id"],
        createdOn=iso(chat["created_ms"]),
        updatedOn=iso(chat["updated_ms"]),
        deleted=chat["is_deleted"],
        domain=chat["domain"],
        referrer=chat["referrer"],
        visitor=visitor(chat),
        tags=json.loads(chat["tags_json"] or "[]"),
        messageCount=len(messages),
        messages=shown,
    )


def rest_ticket(ticket: Row) -> dict[str, Any]:
    """Return a ticket as the REST API shows it."""
    return {
        "id": ticket["ticket_id"],
        "humanId": ticket["human_id"],
        "propertyId": PROPERTY["id"],
        "status": ticket["status"],
        "subject": ticket["subject"],
        "message": ticket["message"],
        "requester": given(name=ticket["requester_name"], email=ticket["requester_email"]),
        "createdOn": iso(ticket["created_ms"]),
        "updatedOn": iso(ticket["updated_ms"]),
        "deleted": ticket["is_deleted"],
    }


def hook(
    event: Row, chat: Row | None, messages: Sequence[Row], ticket: Row | None
) -> dict[str, Any]:
    """Return the payload of a webhook."""
    payload = {"event": event["event"], "time": iso(event["time_ms"]), "property": PROPERTY}
    if ticket is not None:
        payload["requester"] = given(
            name=ticket["requester_name"], email=ticket["requester_email"], type="visitor"
        )
        payload["ticket"] = {
            "id": ticket["ticket_id"],
            "humanId": ticket["human_id"],
            "subject": ticket["subject"],
            "message": ticket["message"],
        }
    if chat is not None and event["event"] == "chat:transcript_created":
        payload |= given(domain=chat["domain"], referrer=chat["referrer"])
        payload["chat"] = {
            "id": chat["chat_id"],
            "visitor": visitor(chat),
            "messages": [said(message) for message in messages[: event["message_count"]]],
        }
    elif chat is not None:
        payload |= {"chatId": chat["chat_id"], "visitor": visitor(chat)}
        first = next((message for message in messages if message["sender"] != "s"), None)
        if event["event"] == "chat:start" and first is not None:
            payload["message"] = {
                "text": first["text"],
                "type": "msg",
                "sender": {"type": SENDERS[first["sender"]]},
            }
    return payload
