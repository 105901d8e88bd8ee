"""The chats and offline tickets as tawk.to keeps them, message by message, and their webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import names, phrases, support, tables
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import ANONYMOUS
from ingestion.sandbox.company.support import CHAT, desk_time

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.support import Conversations

_SYSTEM, _VISITOR, _BOT, _AGENT = range(4)
_SENDERS = np.array(["s", "v", "a", "a"])
(
    _FORM, _QUESTION, _GREETING, _NOBODY, _ANSWER, _BACK, _FORTH, _AGAIN, _FILE, _OFFER, _SOLUTION,
    _THANKS, _MORE, _NOTE, _CLOSING,
) = range(15)  # fmt: skip
_RESUMED, _DELETED = 0.05, 0.01
_LEFT_ALONE = 0.06  # of the answered chats: the customer's last question stays unanswered
_NOTED = 0.15  # of the missed chats: agents write notes to each other and nothing to the customer
_CLOSED_BY_PROGRAM = 0.3
_BY_AGENT = 0.4  # of the greetings that nobody took up; a trigger wrote the others
_GIVES_BEFORE, _GIVES = 0.25, 0.88
_FIELD, _FIELD_AND_FORM, _FORM_ONLY = range(3)


class Told(NamedTuple):
    """Who a chat says it is; "" where it does not say."""

    visitor_id: Array
    email: Array  # as it was typed
    is_junk: Array
    where: Array  # in the visitor's record, in the form before the chat, or both


@dataclass
class Messages:
    """One row per message that was sent by now, in order of chat and time."""

    chat: Array  # row of its conversation
    time: Array
    sender: Array
    text: Array  # what kind of text it is
    turn: Array
    sequence: Array
    final_ms: Array  # by conversation: its last message, also where that is still to come


@dataclass
class Chats:
    """The chats that have begun by now."""

    talks: Conversations
    ids: Array
    told: Told
    messages: Messages
    # the last human word of a chat whose last question was answered, by an agent or by a bot whom the
    # customer thanked; NEVER else
    resolved_ms: Array
    reopened_count: Array  # how often the customer came back with the same after it was solved
    last_ms: Array  # the last message, whoever wrote it
    over_ms: Array  # the same where no message is still to come; NEVER else
    last_human_ms: Array  # the last that customer or agent wrote to the other; NEVER: nobody did
    is_greeted_by_agent: Array  # nobody took it up; a trigger wrote the other greetings
    is_deleted: Array
    deleted_ms: Array


def simulate(
    world: World, people: People, talks: Conversations, offers: Conversations, chance: Chance
) -> Chats:
    """Hold the chats among the conversations, then those that the desk only offered."""
    talks = talks.where(talks.way == CHAT).and_also(offers)
    told = _told(people, talks, chance)
    messages = _messages(world, talks, told, chance)
    count = len(talks.key)
    is_customer = messages.sender == _VISITOR
    is_agent = (messages.sender == _AGENT) & (messages.text != _NOTE)
    thanks = (messages.text == _THANKS) | (
        (messages.text == _BACK) & (messages.turn == len(phrases.BACK) - 1)
    )

    def latest(mask: Array) -> Array:
        found = np.full(count, -1)
        np.maximum.at(found, messages.chat[mask], messages.time[mask])
        return found

    last = latest(np.ones(len(messages.chat), dtype=bool))
    last_human = latest(is_customer | is_agent)
    asked_last = latest(is_customer & ~thanks)
    is_answered = (latest(is_agent) > asked_last) & (asked_last >= 0)
    is_answered |= latest(messages.text == _THANKS) >= 0
    came_back = messages.text == _AGAIN
    deleted = last + ((0.2 + 9 * chance.uniform("chat gone", talks.key)) * DAY * 1000).astype(int)
    is_deleted = (chance.uniform("chat deleted", talks.key) < _DELETED) & (deleted < world.now_ms)
    ids = np.array(chance.uuid("chat", talks.key).to_pylist(), dtype="U36")
    return Chats(
        talks=talks,
        ids=ids,
        told=told,
        messages=messages,
        resolved_ms=np.where(is_answered, last_human, NEVER),
        reopened_count=np.bincount(messages.chat[came_back], minlength=count),
        last_ms=last,
        over_ms=np.where(messages.final_ms < world.now_ms, last, NEVER),
        last_human_ms=np.where(last_human >= 0, last_human, NEVER),
        is_greeted_by_agent=latest(is_agent & (messages.text == _OFFER)) >= 0,
        is_deleted=is_deleted,
        deleted_ms=np.where(is_deleted, deleted, NEVER),
    )


def _told(people: People, talks: Conversations, chance: Chance) -> Told:
    person, key = talks.person, talks.key
    signed = people.signed_up[person] <= talks.asked
    gives = chance.uniform("gives email", key) < np.where(signed, _GIVES, _GIVES_BEFORE)
    gives &= (people.kind[person] != ANONYMOUS) & ~talks.is_offered
    u = chance.uniform("which email", key)
    email = people.email[person].astype("U80")
    domain = np.array([text.partition("@")[2] for text in email.tolist()], dtype="U60")
    second, typo = people.second_email[person], people.typo_email[person]
    email = np.where((second != "") & (u < 0.5), second, email)
    email = np.where((typo != "") & (u < 0.35), typo, email)
    loud = np.char.upper(email) if len(email) else email
    email = np.where((u > 0.6) & (u < 0.64), loud, email)
    mailbox = np.char.add("info@", domain) if len(email) else email
    in_company = np.isin(domain, people.account_domain[people.account_domain != ""])
    email = np.where(in_company & (u > 0.95), mailbox, email)
    junk = np.array(names.JUNK_EMAILS)[chance.below("junk email", len(names.JUNK_EMAILS), key)]
    is_junk = gives & (chance.uniform("junk chat", key) < 0.02)
    email = np.where(is_junk, junk, email)
    slot = chance.pick("chat slot", [70, 20, 7, 3], key) % people.device_count[person]
    return Told(
        visitor_id=np.array(
            chance.hex("chat visitor", person, slot, chars=24).astype("U24"), dtype="U24"
        ),
        email=np.where(gives, email, ""),
        is_junk=is_junk,
        where=chance.pick("email where", [60, 20, 20], key),
    )


class _Script:
    """Collects who says what in which chats, and puts it in order."""

    def __init__(self, key: Array) -> None:
        self._rows = np.arange(len(key))
        self._parts: list[tuple[Array, Array, int, int, int]] = []

    def say(self, mask: Array, time: Array, sender: int, text: int, turn: int = 0) -> None:
        """Let the same be said in some chats, each at its time."""
        self._parts.append((self._rows[mask], time[mask], sender, text, turn))

    def until(self, now_ms: int) -> Messages:
        """Return what was said by now."""
        sizes = [len(part[0]) for part in self._parts]
        chat = np.concatenate([part[0] for part in self._parts])
        time = np.concatenate([part[1] for part in self._parts])
        sender, text, kept = (
            np.repeat([part[column] for part in self._parts], sizes) for column in (2, 3, 4)
        )
        final = np.full(len(self._rows), -1)
        np.maximum.at(final, chat, time)
        order = np.lexsort((time, chat))
        order = order[time[order] < now_ms]
        chat = chat[order]
        return Messages(
            chat, time[order], sender[order], text[order], kept[order], tables.repeats(chat), final
        )


def _messages(world: World, talks: Conversations, told: Told, chance: Chance) -> Messages:
    key, asked, offered = talks.key, talks.asked_ms, talks.is_offered
    script = _Script(key)
    by_agent = chance.uniform("greeted by", key) < _BY_AGENT
    script.say(offered & by_agent, asked, _AGENT, _OFFER)
    script.say(offered & ~by_agent, asked, _SYSTEM, _OFFER)
    script.say((told.email != "") & (told.where != _FIELD), asked - 900, _SYSTEM, _FORM)
    script.say(~offered, asked, _VISITOR, _QUESTION)
    script.say(~offered, asked + 1400, _BOT, _GREETING)
    is_answered = talks.answered_ms < NEVER
    ends = np.where(
        is_answered, _answered(script, talks, chance), _unanswered(script, talks, chance)
    )
    closing = ~offered & (chance.uniform("closed by", key) < _CLOSED_BY_PROGRAM)
    by_bot = chance.uniform("bot closes", key) < 0.5
    closed = ends + 900_000
    script.say(closing & by_bot, closed, _BOT, _CLOSING)
    script.say(closing & ~by_bot, closed, _SYSTEM, _CLOSING)
    return script.until(world.now_ms)


def _unanswered(script: _Script, talks: Conversations, chance: Chance) -> Array:
    """Let the bot solve some chats, and leave the others without an answer.

    Returns:
        When the last thing was said.
    """
    key, asked, solved = talks.key, talks.asked_ms, talks.is_bot_solved
    found = asked + 40_000 + chance.below("bot's answer read", 60_000, key)
    script.say(solved, asked + 4000, _BOT, _SOLUTION)
    script.say(solved, found, _VISITOR, _THANKS)
    missed = (talks.answered_ms >= NEVER) & ~talks.is_offered & ~solved
    noted = missed & (chance.uniform("only noted", key) < _NOTED)
    note = desk_time(asked // 1000 + 1200) * 1000 + 31
    script.say(noted, note, _AGENT, _NOTE)
    nobody = asked + 95_000
    script.say(missed & ~noted, nobody, _BOT, _NOBODY)
    return np.where(solved, found, np.where(noted, note, nobody))


def _answered(script: _Script, talks: Conversations, chance: Chance) -> Array:
    """Let an agent answer; some customers come back later, others ask on and hear nothing.

    Returns:
        When the last thing was said.
    """
    key, clock = talks.key, talks.answered_ms
    answered = clock < NEVER
    script.say(answered, clock, _AGENT, _ANSWER)
    turns = 1 + chance.below("chat turns", len(phrases.BACK), key)
    shows = chance.uniform("sends a file", key) < 0.03
    for turn in range(len(phrases.BACK)):
        on = answered & (turn < turns)
        at = np.full(len(key), turn)
        clock = clock + 12_000 + chance.below("visitor pause", 50_000, key, at)
        script.say(on & shows & (turn == 0), clock - 3000, _VISITOR, _FILE)
        script.say(on, clock, _VISITOR, _BACK, turn)
        clock = clock + 9_000 + chance.below("agent pause", 45_000, key, at)
        script.say(on, clock, _AGENT, _FORTH, turn)
    again = answered & (chance.uniform("resumed", key) < _RESUMED)
    pause = np.where(again, 4 * 3600 + 16 * 3600 * chance.uniform("pause", key), 0).astype(int)
    back = desk_time(np.where(again, clock, 0) // 1000 + pause) * 1000 + 7
    script.say(again, back, _VISITOR, _AGAIN)
    script.say(again, back + 80_000, _AGENT, _ANSWER)
    script.say(again, back + 200_000, _AGENT, _FORTH, len(phrases.FORTH) - 1)
    alone = answered & ~again & (chance.uniform("left alone", key) < _LEFT_ALONE)
    more = clock + 45_000 + chance.below("asks more", 90_000, key)
    script.say(alone, more, _VISITOR, _MORE)
    return np.where(again, back + 200_000, np.where(alone, more, clock))


def chat_tables(people: People, chats: Chats, chance: Chance) -> dict[str, tables.Columns]:
    """Return tawk.to's agents, chats and messages."""
    return {
        "tawk/agents": _agents(chance),
        "tawk/chats": _chat_table(people, chats, chance),
        "tawk/messages": _message_table(people, chats, chance),
    }


def agent_ids(chance: Chance) -> Array:
    """Return the vendor's ids of the agents, the bot last."""
    return chance.hex("chat agent", np.arange(len(names.AGENTS) + 1), chars=24).astype("U24")


def _agents(chance: Chance) -> tables.Columns:
    return {
        "agent_id": agent_ids(chance),
        "name": [*names.AGENTS, names.BOT_NAME],
        "is_bot": [*(False for _ in names.AGENTS), True],
    }


def topic_of(chance: Chance, key: Array) -> Array:
    """Return what a conversation is about, as a position in `phrases.TOPICS`."""
    return chance.below("topic", len(phrases.TOPICS), key)


def _chat_table(people: People, chats: Chats, chance: Chance) -> tables.Columns:
    talks, told = chats.talks, chats.told
    person, key = talks.person, talks.key
    first = np.full(len(key), NEVER)
    np.minimum.at(first, chats.messages.chat, chats.messages.time)
    shown = (told.email != "") & (told.where != _FORM_ONLY)
    auto = np.char.add("V", (talks.asked_ms - 5000).astype("U16"))
    named = shown & (chance.uniform("gives name", key) < 0.8)
    city = np.array([known.cities[0].lower() for known in names.COUNTRIES])[people.country[person]]
    found = chance.uniform("knows city", key) < 0.7
    tags = [tables.as_json([topic.tag]) for topic in phrases.TOPICS]
    page = np.array(["/pricing", "/docs/widget", "/app", "/features"])[chance.below("page", 4, key)]
    referrer = np.where(chance.uniform("referred", key) < 0.3, "https://www.google.com/", "")
    return {
        "chat_id": chats.ids,
        "person_id": told.visitor_id,
        "created_ms": first,
        "updated_ms": np.where(chats.is_deleted, chats.deleted_ms, chats.last_ms),
        "is_deleted": chats.is_deleted,
        "visitor_name": np.where(named, people.first_name[person], auto),
        "visitor_email": tables.unless(~shown, told.email),
        "visitor_city": np.where(found, city, "unknown"),
        "visitor_country": np.array([known.code for known in names.COUNTRIES])[
            people.country[person]
        ],
        "domain": np.full(len(key), "nordlicht.example"),
        "referrer": tables.unless(referrer == "", referrer),
        "page_url": np.char.add("https://nordlicht.example", page),
        "page_title": np.full(len(key), "Nordlicht"),
        "tags_json": np.array(tags)[topic_of(chance, key)] if len(key) else key.astype("U1"),
    }


def _message_table(people: People, chats: Chats, chance: Chance) -> tables.Columns:
    messages, talks, told = chats.messages, chats.talks, chats.told
    chat = messages.chat
    language = people.language[talks.person]
    topic = topic_of(chance, talks.key)
    agent = support.agent_of(chance, talks.key)
    ids, called = agent_ids(chance), [*names.AGENTS, names.BOT_NAME]
    texts: list[str | None] = []
    for row, kind, turn in zip(
        chat.tolist(), messages.text.tolist(), messages.turn.tolist(), strict=True
    ):
        spoken, person = language[row], talks.person[row]
        match kind:
            case 0:  # the form
                texts.append(f"Name : {people.first_name[person]}\r\nEmail : {told.email[row]}\r\n")
            case 1:
                texts.append(phrases.TOPICS[topic[row]].question[spoken])
            case 8:
                texts.append(None)
            case _:
                texts.append(_WORDS[kind][turn][spoken])
    shows = messages.text == _FILE
    who = np.where(messages.sender == _BOT, len(names.AGENTS), agent[chat])
    speaks = np.isin(messages.sender, (_BOT, _AGENT))
    return {
        "chat_id": chats.ids[chat],
        "sequence": messages.sequence,
        "time_ms": messages.time,
        "sender": _SENDERS[messages.sender],
        "agent_id": tables.unless(~speaks, ids[who]),
        "agent_name": tables.unless(~speaks, np.array(called)[who]),
        "text": texts,
        "is_note": messages.text == _NOTE,
        "attachment_json": tables.unless(~shows, np.full(len(chat), _ATTACHMENT)),
    }


_WORDS: dict[int, tuple[dict[str, str], ...]] = {
    _GREETING: (phrases.BOT,),
    _NOBODY: (phrases.NOBODY,),
    _ANSWER: (phrases.ANSWER,),
    _BACK: phrases.BACK,
    _FORTH: phrases.FORTH,
    _AGAIN: (phrases.AGAIN,),
    _OFFER: (phrases.OFFER,),
    _SOLUTION: (phrases.SOLUTION,),
    _THANKS: (phrases.THANKS,),
    _MORE: (phrases.MORE,),
    _NOTE: (phrases.NOTE,),
    _CLOSING: (phrases.CLOSING,),
}
_ATTACHMENT = tables.as_json(
    [
        {
            "type": "file",
            "content": {
                "file": {
                    "url": "https://files.nordlicht.example/bildschirm.png",
                    "name": "bildschirm.png",
                    "mimeType": "image/png",
                    "size": 81_234,
                    "extension": "png",
                }
            },
        }
    ]
)
