"""The contents of the CRM: contacts, companies, deals and tickets, merged and archived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import names, tables
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import LEAD, TESTER
from ingestion.sandbox.company.support import CHAT, desk_time

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.contracts import Contracts
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.support import Conversations

_IN_CRM, _KNOWS_USER, _KNOWS_PHONE, _KNOWS_SECOND = 0.8, 0.7, 0.55, 0.7
_JUNK, _ROLE, _LOUD, _TYPED_WRONG = 0.015, 0.02, 0.06, 0.6
_ARCHIVED_LEADS, _ARCHIVED_TICKETS, _ARCHIVED_DEALS = 0.06, 0.01, 0.03
_COMPANY_TWICE = 0.02
_REOPENED = 0.07  # of the closed tickets
_DEAL_BY_SIZE = np.array([0.12, 0.6, 0.95])
_DEAL_WORTH = np.array([420.0, 1700.0, 7200.0])
# from arriving to leaving, perhaps coming back, and leaving for good
_STAGES = (
    "lead", "marketingqualifiedlead", "opportunity", "customer", "other", "customer", "other",
)  # fmt: skip
SALES = ("Karla Winther", "Emre Yildiz", "Tobias Lindner")


class Contacts(NamedTuple):
    """One row per contact ever made, the second records of merged people after the first ones."""

    person: Array
    ids: Array
    created: Array
    email: Array  # as it stands in the CRM; "" for none
    is_junk_email: Array
    phone: Array  # E.164; "" for none
    user_id: Array  # as it stands there; "" for none
    is_junk_user: Array
    second_email: Array  # among the additional ones; "" for none
    is_twin: Array
    twin: Array  # row of the second record; -1 for none
    merged: Array  # when the second record goes into the first
    archived: Array

    def at(self, now: int) -> Array:
        """Return the rows that are listed at a moment, archived ones included."""
        return np.flatnonzero((self.created < now) & ~(self.is_twin & (self.merged < now)))


class Companies(NamedTuple):
    """One row per account; its company in the CRM, if it is there."""

    ids: Array
    created: Array  # NEVER: not in the CRM
    twin_ids: Array
    twin_created: Array  # NEVER: there is only one
    merged: Array
    knows_account: Array  # carries the billing account's id


@dataclass
class Deals:
    """Sales opportunities."""

    account: Array
    ids: Array
    created: Array
    closed: Array  # NEVER: open
    is_won: Array
    amount: Array
    archived: Array


@dataclass
class Tickets:
    """Requests by e-mail, phone and form, and chats that went on by e-mail."""

    talks: Conversations
    is_follow_up: Array
    ids: Array
    created_ms: Array
    replied_ms: Array
    closed_ms: Array  # when it was closed for good; NEVER: it is open
    solved_ms: Array  # when it was closed first
    reopened_ms: Array  # when the customer came back after that; NEVER: not
    archived: Array

    @property
    def closed_date_ms(self) -> Array:
        """The date that the CRM shows: it stays where a ticket is opened again."""
        return np.where(self.closed_ms < NEVER, self.closed_ms, self.solved_ms)


def contacts(world: World, people: People, talks: Conversations, chance: Chance) -> Contacts:
    """Return everybody whom the CRM has heard of by now."""
    i = people.index
    known = np.isin(people.kind, (*range(LEAD, TESTER - 1), TESTER))
    form = people.arrived + 600 + (chance.uniform("form", i) * 6 * DAY).astype(np.int64)
    heard = np.where(people.signed_up < NEVER, people.signed_up + 240, form)
    in_crm = known & (chance.uniform("in crm", i) < _IN_CRM)
    # leads without a sign-up are known from the CRM alone
    in_crm |= (people.kind == LEAD) & (people.signed_up >= NEVER)
    created = np.where(in_crm, heard, NEVER)
    writes = (talks.way != CHAT) | talks.is_followed_up
    np.minimum.at(created, talks.person[writes], talks.asked[writes])
    first = np.flatnonzero(created < world.now)
    twin = first[people.is_merged[first]]
    twin_created = created[twin] + ((1 + 20 * chance.uniform("twin made", twin)) * DAY).astype(int)
    exists = twin_created < world.now
    twin, twin_created = twin[exists], twin_created[exists]
    merged = twin_created + ((2 + 30 * chance.uniform("merged when", twin)) * DAY).astype(int)
    row_of = np.full(people.count, -1)
    row_of[twin] = len(first) + np.arange(len(twin))
    merged_of = np.full(people.count, NEVER)
    merged_of[twin] = merged
    email, is_junk = _contact_emails(people, first, chance)
    user, is_junk_user = _contact_users(world, people, first, chance)
    none, no = np.full(len(twin), ""), np.zeros(len(twin), dtype=bool)
    second = people.second_email[first]
    second = np.where(chance.uniform("knows second", first) < _KNOWS_SECOND, second, "")
    phone = np.where(chance.uniform("knows phone", first) < _KNOWS_PHONE, people.phone[first], "")
    gone = created[first] + ((30 + 300 * chance.uniform("archived when", first)) * DAY).astype(int)
    leaves = np.isin(people.kind[first], (LEAD, TESTER))
    leaves &= chance.uniform("archived", first) < _ARCHIVED_LEADS
    return Contacts(
        person=np.r_[first, twin],
        ids=np.r_[
            tables.numbers(chance, "contact", first), tables.numbers(chance, "twin contact", twin)
        ],
        created=np.r_[created[first], twin_created],
        email=np.r_[email, twin_emails(people, twin)],
        is_junk_email=np.r_[is_junk, no],
        phone=np.r_[phone, none],
        user_id=np.r_[user, none],
        is_junk_user=np.r_[is_junk_user, no],
        second_email=np.r_[second, none],
        is_twin=np.r_[np.zeros(len(first), dtype=bool), ~no],
        twin=np.r_[row_of[first], np.full(len(twin), -1)],
        merged=np.r_[merged_of[first], merged],
        archived=np.r_[np.where(leaves, gone, NEVER), np.full(len(twin), NEVER)],
    )


def twin_emails(people: People, person: Array) -> Array:
    """Return the address of a second record: another one, or the first with a plus."""
    made = []
    for address, second in zip(
        people.email[person].tolist(), people.second_email[person].tolist(), strict=True
    ):
        local, _, host = address.partition("@")
        made.append(second or f"{local}+nordlicht@{host}")
    return np.array(made, dtype="U90")


def _contact_emails(people: People, person: Array, chance: Chance) -> tuple[Array, Array]:
    email = people.email[person].astype("U90")
    u = chance.uniform("contact email", person)
    account = people.account[person]
    domain = (
        np.where(account >= 0, people.account_domain[account], "")
        if len(people.account_domain)
        else np.full(len(person), "")
    )
    typo = people.typo_email[person]
    wrong = (typo != "") & (chance.uniform("typed wrong", person) < _TYPED_WRONG)
    loud = np.char.capitalize(email) if len(email) else email
    email = np.where(u < _LOUD, loud, email)
    email = np.where(wrong, typo, email)
    role = np.char.add("info@", domain) if len(email) else email
    email = np.where((domain != "") & (u > 1 - _ROLE), role, email)
    junk = np.array(names.JUNK_EMAILS)[chance.below("junk contact", len(names.JUNK_EMAILS), person)]
    is_junk = (u > 0.5) & (u < 0.5 + _JUNK) & ~wrong
    return np.where(is_junk, junk, email), is_junk


def _contact_users(
    world: World, people: People, person: Array, chance: Chance
) -> tuple[Array, Array]:
    signed = people.signed_up[person] < world.now
    knows = signed & (chance.uniform("crm knows user", person) < _KNOWS_USER)
    junk = np.array(names.JUNK_IDS)[chance.below("junk crm user", len(names.JUNK_IDS), person)]
    is_junk = knows & (chance.uniform("crm user is junk", person) < 2 * _JUNK)
    return np.where(knows, np.where(is_junk, junk, people.user_id[person]), ""), is_junk


def companies(accounts: Accounts, chance: Chance) -> Companies:
    """Return the accounts' companies."""
    a = accounts.index
    created = np.where(accounts.in_crm, accounts.signed_up + 900, NEVER)
    twice = accounts.in_crm & (chance.uniform("company twice", a) < _COMPANY_TWICE)
    twin = created + ((1 + 12 * chance.uniform("company twin", a)) * DAY).astype(np.int64)
    merged = twin + ((3 + 30 * chance.uniform("company merged", a)) * DAY).astype(np.int64)
    return Companies(
        ids=tables.numbers(chance, "company", a),
        created=created,
        twin_ids=tables.numbers(chance, "company twin id", a),
        twin_created=np.where(twice, twin, NEVER),
        merged=np.where(twice, merged, NEVER),
        knows_account=chance.uniform("crm knows account", a) < 0.6,
    )


def deals(world: World, people: People, accounts: Accounts, chance: Chance) -> Deals:
    """Return the deals opened by now."""
    a = accounts.index
    opened = waking(accounts.trial_started + DAY)
    opened = np.minimum(opened, accounts.first_payment - 7200)
    sold = accounts.in_crm & (chance.uniform("deal", a) < _DEAL_BY_SIZE[people.size])
    a = np.flatnonzero(sold & (accounts.trial_started < NEVER) & (opened < world.now))
    lost = waking(opened[a] + ((40 + 30 * chance.uniform("lost", a)) * DAY).astype(np.int64))
    paid = accounts.first_payment[a]
    is_won = paid < NEVER
    closed = np.where(is_won, paid + 60, lost)
    gone = closed + 20 * DAY
    archived = ~is_won & (chance.uniform("deal archived", a) < _ARCHIVED_DEALS)
    worth = _DEAL_WORTH[people.size[a]] * (0.6 + chance.uniform("worth", a))
    return Deals(
        account=a,
        ids=tables.numbers(chance, "deal", a),
        created=opened[a],
        closed=np.where(closed < world.now, closed, NEVER),
        is_won=is_won & (closed < world.now),
        amount=np.round(worth / 5) * 5,
        archived=np.where(archived, gone, NEVER),
    )


def tickets(world: World, talks: Conversations, chats_end: Array, chance: Chance) -> Tickets:
    """Return the tickets; `chats_end` are when conversations were over, in milliseconds."""
    created = np.where(talks.way == CHAT, chats_end + 240_000, talks.asked_ms)
    is_ticket = (talks.way != CHAT) | (talks.is_followed_up & (chats_end < NEVER))
    keep = is_ticket & (created < world.now_ms)
    kept, created = talks.where(keep), created[keep]
    follows = kept.way == CHAT
    wait = np.where(follows, 3600_000 * (1 + 6 * chance.uniform("follow-up reply", kept.key)), 0)
    replied = np.where(follows, created + wait.astype(np.int64), kept.answered_ms)
    closed = np.where(follows, np.maximum(kept.resolved_ms, replied + 60_000), kept.resolved_ms)
    again = (closed < NEVER) & (chance.uniform("ticket reopened", kept.key) < _REOPENED)
    reopened = waking(
        np.where(again, closed, 0) // 1000
        + ((0.2 + 4 * chance.uniform("reopened when", kept.key)) * DAY).astype(np.int64)
    )
    hours = np.exp(np.log(8 * 3600) + 0.8 * chance.normal("closing again", kept.key))
    reclosed = desk_time(reopened + hours.astype(np.int64)) * 1000
    reopened = np.where(again & (reopened < world.now), reopened * 1000, NEVER)
    last = np.where(reopened < NEVER, reclosed, closed)
    gone = created // 1000 + 40 * DAY
    archived = chance.uniform("ticket archived", kept.key) < _ARCHIVED_TICKETS
    return Tickets(
        talks=kept,
        is_follow_up=follows,
        ids=tables.numbers(chance, "ticket", kept.key),
        created_ms=created,
        replied_ms=np.where(replied < world.now_ms, replied, NEVER),
        closed_ms=np.where(last < world.now_ms, last, NEVER),
        solved_ms=np.where(closed < world.now_ms, closed, NEVER),
        reopened_ms=reopened,
        archived=np.where(archived, gone, NEVER),
    )


def lifecycle(
    world: World, people: People, accounts: Accounts, contracts: Contracts
) -> tuple[Array, Array]:
    """Return everybody's lifecycle stage and since when, by person."""
    stages = np.array(_STAGES)
    since = [people.arrived, people.signed_up]
    account = np.maximum(people.account, 0)
    for moments in (
        accounts.trial_started,
        accounts.first_payment,
        contracts.gap_from,
        contracts.gap_to,
        contracts.ended,
    ):
        own = moments[account] if accounts.count else np.full(people.count, NEVER)
        # who joins later starts where the company is
        joined = np.maximum(own, people.signed_up)
        since.append(np.where(people.has_account, joined, NEVER))
    stage, moment = np.zeros(people.count, dtype=np.int64), people.arrived
    for number, begun in enumerate(since):
        stage = np.where(begun < world.now, number, stage)
        moment = np.where(begun < world.now, begun, moment)
    return stages[stage], moment
