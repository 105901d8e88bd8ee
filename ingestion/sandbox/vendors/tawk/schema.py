"""tawk.to's tables: agents, chats and their messages, tickets, and the webhooks that told of them."""

from __future__ import annotations

from ingestion.sandbox.company.tables import BOOL, INT, TEXT

TABLES = {
    "tawk/agents": {"agent_id": TEXT, "name": TEXT, "is_bot": BOOL},
    "tawk/chats": {
        "chat_id": TEXT,
        "person_id": TEXT,  # the visitor; REST only, a webhook does not tell it
        "created_ms": INT,
        "updated_ms": INT,  # last message, or the deletion
        "is_deleted": BOOL,  # the REST flag
        "visitor_name": TEXT,  # V1754041937019 for who did not say
        "visitor_email": TEXT,
        "visitor_city": TEXT,  # or the literal "unknown"
        "visitor_country": TEXT,
        "domain": TEXT,
        "referrer": TEXT,  # null: none
        "page_url": TEXT,
        "page_title": TEXT,
        "tags_json": TEXT,
    },
    "tawk/messages": {
        "chat_id": TEXT,
        "sequence": INT,  # from 0 within the chat
        "time_ms": INT,
        "sender": TEXT,  # v visitor, a agent or bot, s system
        "agent_id": TEXT,
        "agent_name": TEXT,
        "text": TEXT,  # null: an attachment only; pre-chat answers are one text with CRLF
        "is_note": BOOL,  # agents alone see it
        "attachment_json": TEXT,  # the vendor's `attchs` list, or null
    },
    # Every webhook of the past, in order of time. A transcript shows the first message_count
    # messages of its chat: a resumed chat has a second, longer one.
    "tawk/webhooks": {
        "event_id": TEXT,  # X-Hook-Event-Id
        "event": TEXT,  # chat:start, chat:end, chat:transcript_created, ticket:create
        "time_ms": INT,
        "chat_id": TEXT,
        "ticket_id": TEXT,
        "message_count": INT,
    },
    "tawk/tickets": {
        "ticket_id": TEXT,
        "human_id": INT,
        "created_ms": INT,
        "updated_ms": INT,
        "status": TEXT,  # open, pending, closed
        "is_deleted": BOOL,
        "subject": TEXT,
        "message": TEXT,
        "requester_name": TEXT,
        "requester_email": TEXT,
    },
}
