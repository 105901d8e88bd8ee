"""Who asks for help, by which channel, and when a human answers.

Conversations are drawn for a person's whole life and cut where it ends, so an account's end can depend
on earlier answers. Answers wait for office hours.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import pdtrik

from ingestion.sandbox.company import names
from ingestion.sandbox.company.clock import (
    CLOSES,
    OPENS,
    SATURDAY,
    is_working_time,
    local,
    waking,
    weekday,
)
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import ANONYMOUS, BOT, STAFF, TESTER
from ingestion.sandbox.company.visits import ARRIVE, BROWSE

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.visits import Visits

WAYS = ("chat", "email", "phone", "website")
CHAT, EMAIL, PHONE, FORM = range(len(WAYS))
_WAY_WEIGHTS = [62.0, 21.0, 9.0, 8.0]
FACTOR_WINDOW_DAYS = 30  # what happened this long after the first payment explains retention
_BLOCK = 64  # at most so many conversations of a person in a month
# conversations a month: before the sign-up, after it, and in an account's first month
_BEFORE, _AFTER, _FIRST_MONTH = 0.08, 0.22, 1.1
_MISSED_OPEN, _MISSED_CLOSED = 0.07, 0.62
_BOT_SOLVES = 0.2  # of the chats that no human answers
_GREETED = 0.02  # of the visits to the website while the desk is open
_OFFERS = 2**60  # their keys begin behind those of all other conversations
# median seconds until a human answers, while the desk is open
_MEDIAN_ANSWER = np.array([170.0, 2400.0, 20.0, 3600.0])
_SPREAD = np.array([0.7, 0.8, 0.5, 0.8])
_BY_SERVICE_LEVEL = np.array([1.1, 0.7, 0.1, 0.7])


@dataclass
class Conversations:
    """One row per conversation; moments in milliseconds, NEVER where something does not happen."""

    person: Array
    key: Array  # numbers a conversation for ever
    way: Array
    asked_ms: Array  # the first customer message
    answered_ms: Array  # the first human answer
    resolved_ms: Array  # tickets: when they are closed
    is_followed_up: Array  # an answered chat that goes on as an e-mail ticket
    leaves_message: Array  # a missed chat that becomes an offline ticket
    is_bot_solved: Array  # a missed chat whose question the bot could answer
    is_offered: Array  # a greeting of the desk that nobody took up: `asked_ms` is when it greeted

    def where(self, mask: Array) -> Conversations:
        """Return some of them."""
        return Conversations(*(getattr(self, field.name)[mask] for field in fields(self)))

    def and_also(self, others: Conversations) -> Conversations:
        """Return these and others behind them."""
        return Conversations(
            *(
                np.concatenate([getattr(self, field.name), getattr(others, field.name)])
                for field in fields(self)
            )
        )

    @property
    def asked(self) -> Array:
        """The first customer message in seconds."""
        return self.asked_ms // 1000


def simulate(world: World, people: People, accounts: Accounts, chance: Chance) -> Conversations:
    """Draw everybody's conversations until now, as if nobody ever left."""
    person, month, turn = _wishes(world, people, chance)
    key = (person * 4096 + month) * _BLOCK + turn
    begin = np.array([entry.begin for entry in world.calendar()])[month]
    end = np.array([entry.end for entry in world.calendar()])[month]
    moment = begin + (chance.uniform("asks", key) * (end - begin)).astype(np.int64)
    moment = waking(moment)
    seen = (moment > people.arrived[person] + 60) & (moment < world.now)
    person, key, moment = person[seen], key[seen], moment[seen]
    # the rate rises for a while after the first payment: what is above it is drawn and left out
    rate = _rate(people, accounts, person, moment)
    stays = chance.uniform("asks after all", key) * _FIRST_MONTH < rate
    person, key, moment = person[stays], key[stays], moment[stays]
    anonymous = people.signed_up[person] > moment
    way = np.where(anonymous, CHAT, chance.pick("way", _WAY_WEIGHTS, key))
    asked_ms = moment * 1000 + chance.below("asks ms", 1000, key)
    answered_ms = _answers(people, accounts, chance, person, key, way, asked_ms)
    hours = np.exp(np.log(9 * 3600) + 1.0 * chance.normal("closing", key))
    closed = desk_time((np.minimum(answered_ms, NEVER // 4) // 1000 + hours).astype(np.int64))
    is_open = chance.uniform("stays open", key) < 0.04
    is_missed = (way == CHAT) & (answered_ms >= NEVER)
    is_bot_solved = is_missed & (chance.uniform("bot solves", key) < _BOT_SOLVES)
    return Conversations(
        person=person,
        key=key,
        way=way,
        asked_ms=asked_ms,
        answered_ms=answered_ms,
        resolved_ms=np.where((answered_ms >= NEVER) | is_open, NEVER, closed * 1000),
        is_followed_up=(way == CHAT)
        & (answered_ms < NEVER)
        & (people.signed_up[person] < moment)
        & (chance.uniform("follow-up", key) < 0.07),
        leaves_message=is_missed
        & ~is_bot_solved
        & (people.signed_up[person] < moment)
        & (chance.uniform("leaves message", key) < 0.4),
        is_bot_solved=is_bot_solved,
        is_offered=np.zeros(len(key), dtype=bool),
    )


def offers(world: World, people: People, visited: Visits, chance: Chance) -> Conversations:
    """Return the greetings by which the desk offered a chat on the website, and nobody took it up."""
    greeted = np.isin(visited.script, (ARRIVE, BROWSE)) & is_working_time(visited.time)
    greeted &= ~np.isin(people.kind[visited.person], (STAFF, BOT))
    greeted &= chance.uniform("greeted", visited.key) < _GREETED
    moment = visited.time + 40
    greeted &= moment < world.now
    person, count = visited.person[greeted], int(greeted.sum())
    never, no = np.full(count, NEVER), np.zeros(count, dtype=bool)
    return Conversations(
        person=person,
        key=visited.key[greeted] + _OFFERS,
        way=np.full(count, CHAT),
        asked_ms=moment[greeted] * 1000,
        answered_ms=never,
        resolved_ms=never,
        is_followed_up=no,
        leaves_message=no,
        is_bot_solved=no,
        is_offered=~no,
    )


def _wishes(world: World, people: People, chance: Chance) -> tuple[Array, Array, Array]:
    months = np.arange(len(world.calendar()))
    inside = people.kind >= STAFF
    person = np.flatnonzero(~inside | (people.kind == TESTER))
    arrived = np.array([entry.end for entry in world.calendar()])
    first = np.searchsorted(arrived, people.arrived[person], side="right")
    alive = months[None, :] >= first[:, None]
    row, month = np.nonzero(alive)
    who = person[row]
    u = chance.uniform("conversations", who, month)
    count = np.minimum(np.ceil(pdtrik(u, _FIRST_MONTH) - 1e-9), _BLOCK - 1).astype(np.int64)
    turn = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(who, count), np.repeat(month, count), turn


def _rate(people: People, accounts: Accounts, person: Array, moment: Array) -> Array:
    rate = np.where(people.signed_up[person] <= moment, _AFTER, _BEFORE)
    account = people.account[person]
    paid = np.where(account >= 0, accounts.first_payment[account] if accounts.count else 0, NEVER)
    is_first = (moment >= paid) & (moment < paid + FACTOR_WINDOW_DAYS * DAY)
    rate = np.where(is_first, _FIRST_MONTH, rate)
    rate = np.where(people.kind[person] == ANONYMOUS, _BEFORE, rate)
    return np.where(np.isin(people.kind[person], (STAFF, BOT)), 0.0, rate)


def _answers(
    people: People,
    accounts: Accounts,
    chance: Chance,
    person: Array,
    key: Array,
    way: Array,
    asked_ms: Array,
) -> Array:
    account = people.account[person]
    level = np.where(account >= 0, accounts.service_level[account] if accounts.count else 0, 0.0)
    spread = _SPREAD[way] * chance.normal("answer", key) + _BY_SERVICE_LEVEL[way] * level
    wait = np.clip(_MEDIAN_ANSWER[way] * np.exp(spread), 3, 5 * DAY)
    asked = asked_ms // 1000
    opened = desk_time(asked)
    is_open = opened == asked
    missed = chance.uniform("missed", key) < np.where(is_open, _MISSED_OPEN, _MISSED_CLOSED)
    answered = opened + wait.astype(np.int64)
    # a chat is answered by whoever sits there; a letter waits for the next morning
    answered = np.where(way == CHAT, answered, desk_time(answered))
    answered = np.where((way == CHAT) & missed, NEVER, answered)
    answered = np.where((way != CHAT) & (chance.uniform("lost", key) < 0.02), NEVER, answered)
    return np.where(
        answered >= NEVER, NEVER, answered * 1000 + chance.below("answer ms", 1000, key)
    )


def desk_time(moments: Array) -> Array:
    """Return the moments themselves while the desk is open, else its next opening."""
    clock = local(moments)
    day, hour = clock // DAY, clock % DAY // 3600
    closed = ~is_working_time(moments)
    day = np.where(closed & (hour >= CLOSES), day + 1, day)
    for _ in range(2):
        day = np.where(closed & (weekday(day * DAY) >= SATURDAY), day + 1, day)
    target = day * DAY + OPENS * 3600
    guess = target - 3600
    return np.where(closed, guess - (local(guess) - target), moments)


def median_response(people: People, accounts: Accounts, conversations: Conversations) -> Array:
    """Return each account's median first response within the factor window, NaN for none."""
    account = people.account[conversations.person]
    mine = (account >= 0) & (conversations.answered_ms < NEVER)
    since = np.where(mine, accounts.first_payment[account] if accounts.count else 0, NEVER)
    inside = mine & (conversations.asked >= since)
    inside &= conversations.asked < since + FACTOR_WINDOW_DAYS * DAY
    seconds = (conversations.answered_ms - conversations.asked_ms)[inside] // 1000
    owner = account[inside]
    order = np.lexsort((seconds, owner))
    seconds, owner = seconds[order], owner[order]
    count = np.bincount(owner, minlength=accounts.count)
    first = np.cumsum(count) - count
    found = np.full(accounts.count, np.nan)
    some = count > 0
    low = (first + (count - 1) // 2)[some]
    high = (first + count // 2)[some]
    found[some] = (seconds[low] + seconds[high]) / 2
    return found


def agent_of(chance: Chance, key: Array) -> Array:
    """Return who answers a conversation, as a number of `names.AGENTS`."""
    return chance.below("agent", len(names.AGENTS), key)
