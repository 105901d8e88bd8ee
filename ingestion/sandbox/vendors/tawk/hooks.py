"""What tawk.to sends by webhook, and the offline tickets that it keeps beside the chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import phrases, tables
from ingestion.sandbox.company.draws import NEVER
from ingestion.sandbox.company.support import desk_time
from ingestion.sandbox.vendors.tawk.chats import topic_of

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.support import Conversations
    from ingestion.sandbox.vendors.tawk.chats import Chats

_ENDS = 120_000  # after so much silence a chat has ended; it may go on later
_WRITTEN = 300_000
_MESSAGE_AFTER = 240_000
EVENTS = ("chat:start", "chat:end", "chat:transcript_created", "ticket:create")


@dataclass
class OfflineTickets:
    """Messages left when nobody was there, in order of time."""

    talks: Conversations
    ids: Array
    created_ms: Array
    closed_ms: Array  # NEVER: still open


def offline_tickets(world: World, talks: Conversations, chance: Chance) -> OfflineTickets:
    """Return the tickets that missed chats have left behind by now."""
    left = talks.where(talks.leaves_message & (talks.asked_ms + _MESSAGE_AFTER < world.now_ms))
    left = left.where(np.lexsort((left.key, left.asked_ms)))
    created = left.asked_ms + _MESSAGE_AFTER
    hours = np.exp(np.log(5 * 3600) + 0.9 * chance.normal("ticket closing", left.key))
    closed = desk_time(desk_time(created // 1000) + hours.astype(np.int64)) * 1000
    is_open = (chance.uniform("ticket stays open", left.key) < 0.05) | (closed >= world.now_ms)
    return OfflineTickets(
        talks=left,
        ids=np.array(chance.uuid("offline ticket", left.key).to_pylist(), dtype="U36"),
        created_ms=created,
        closed_ms=np.where(is_open, NEVER, closed),
    )


def ticket_table(people: People, tickets: OfflineTickets, chance: Chance) -> tables.Columns:
    """Return tawk.to's tickets."""
    person, key = tickets.talks.person, tickets.talks.key
    is_open = tickets.closed_ms >= NEVER
    subject, message = [], []
    spoken = people.language[person]
    for language, topic in zip(spoken.tolist(), topic_of(chance, key).tolist(), strict=True):
        subject.append(phrases.TOPICS[topic].subject[language])
        message.append(phrases.TOPICS[topic].question[language])
    return {
        "ticket_id": tickets.ids,
        "human_id": np.arange(len(key)) + 1,
        "created_ms": tickets.created_ms,
        "updated_ms": np.where(is_open, tickets.created_ms, tickets.closed_ms),
        "status": np.where(is_open, "open", "closed"),
        "is_deleted": np.zeros(len(key), dtype=bool),
        "subject": subject,
        "message": message,
        "requester_name": people.first_name[person],
        "requester_email": people.email[person],
    }


def webhook_table(
    world: World, chats: Chats, tickets: OfflineTickets, chance: Chance
) -> tables.Columns:
    """Return all webhooks of the past."""
    messages = chats.messages
    rows = np.arange(len(messages.chat))
    opens = rows[messages.sequence == 0]
    # the form before the chat starts nothing: the first thing said does
    starts = chats.talks.asked_ms[messages.chat[opens]]
    later = np.r_[messages.chat[1:] != messages.chat[:-1], True][: len(rows)]
    quiet = np.r_[messages.time[1:] - messages.time[:-1] > _ENDS, True][: len(rows)]
    closing = rows[later | quiet]
    chat = np.r_[messages.chat[opens], messages.chat[closing], messages.chat[closing]]
    time = np.r_[starts, messages.time[closing] + _ENDS, messages.time[closing] + _WRITTEN]
    count = np.r_[
        np.ones(len(opens), dtype=np.int64),
        messages.sequence[closing] + 1,
        messages.sequence[closing] + 1,
    ]
    kind = np.repeat([0, 1, 2], [len(opens), len(closing), len(closing)])
    none, made = np.full(len(chat), None), len(tickets.ids)
    chat_ids = np.r_[chats.ids[chat].astype(object), np.full(made, None)]
    ticket_ids = np.r_[none, tickets.ids.astype(object)]
    index = np.r_[chats.talks.key[chat], tickets.talks.key]
    time = np.r_[time, tickets.created_ms + 2000]
    kind, count = np.r_[kind, np.full(made, 3)], np.r_[count, np.zeros(made, dtype=np.int64)]
    order = np.lexsort((kind, index, time))
    order = order[time[order] < world.now_ms]
    return {
        "event_id": chance.uuid("hook", index[order], kind[order], count[order]),
        "event": np.array(EVENTS)[kind[order]],
        "time_ms": time[order],
        "chat_id": chat_ids[order],
        "ticket_id": ticket_ids[order],
        "message_count": count[order],
    }
