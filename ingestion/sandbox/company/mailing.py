"""Who gets Nordlicht's mails, which ones, and what happens to each: opened, clicked, bounced.

A monthly newsletter goes to all current subscribers. Three automated mails follow a contact's sign-up.
Each mail is drawn by contact and number, so a longer world repeats the shorter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import COLLEAGUE, FOUNDER, LEAD

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People

HOUR = 3600
# the mails of the automation come so long after the sign-up
FOLLOW_UPS = (HOUR, 4 * DAY, 12 * DAY)
FIRST_NEWSLETTER = 10
SMALLEST_ID = 100
_LISTED, _DELETED, _UNCONFIRMED, _RESUBSCRIBES = 0.85, 0.015, 0.03, 0.25
_SECOND_EMAIL, _TYPED_WRONG, _LOUD, _HAS_PHONE = 0.15, 0.5, 0.05, 0.4
_WRONG_ADDRESS, _FULL_MAILBOX, _UNSUBSCRIBES = 0.012, 0.018, 0.012
# a reader's program that loads pictures by itself opens nearly everything, people a part
_MACHINE_READER, _MACHINE_OPENS, _OPENS = 0.3, 0.95, 0.42
_CLICKS = (0.2, 0.09)
_WANING = 240 * DAY


@dataclass
class Contacts:
    """One row per contact ever made."""

    person: Array
    ids: Array
    created: Array
    deleted: Array  # NEVER: still there
    email: Array
    phone: Array  # E.164; "" for most
    is_confirmed: Array
    is_wrong: Array  # nobody receives mail at this address

    def here(self, now: int) -> Array:
        """Return the rows that have not been deleted by a moment."""
        return np.flatnonzero(self.deleted >= now)


@dataclass
class Mails:
    """One row per mail sent, in order of time; moments NEVER where something does not happen."""

    contact: Array  # row of the contact
    number: Array  # which mail: of the automation from 1, newsletters from FIRST_NEWSLETTER
    sent: Array
    is_hard_bounce: Array
    is_soft_bounce: Array
    opened: Array
    open_count: Array
    clicked: Array  # by mail and link
    click_count: Array
    unsubscribed: Array

    def where(self, mask: Array) -> Mails:
        """Return some of them."""
        return Mails(*(values[mask] for values in vars(self).values()))


def contacts(world: World, people: People, chance: Chance) -> Contacts:
    """Return everybody who has left an address with the mailing tool by now."""
    i = people.index
    form = people.arrived + 1200 + (chance.uniform("activecampaign form", i) * 5 * DAY).astype(int)
    created = np.where(people.signed_up < NEVER, people.signed_up + 900, form)
    known = np.isin(people.kind, (LEAD, FOUNDER, COLLEAGUE)) & (created < world.now)
    person = np.flatnonzero(known & (chance.uniform("activecampaign listed", i) < _LISTED))
    created = created[person]
    lives = ((30 + 300 * chance.uniform("activecampaign kept", person)) * DAY).astype(np.int64)
    is_deleted = chance.uniform("activecampaign deleted", person) < _DELETED
    u = chance.uniform("activecampaign address", person)
    email = people.email[person].astype("U90")
    second, typo = people.second_email[person], people.typo_email[person]
    is_typo = (typo != "") & (chance.uniform("activecampaign typo", person) < _TYPED_WRONG)
    loud = np.char.capitalize(email) if len(email) else email
    email = np.where(u < _LOUD, loud, email)
    email = np.where((second != "") & (u > 1 - _SECOND_EMAIL), second, email)
    has_phone = chance.uniform("activecampaign phone", person) < _HAS_PHONE
    return Contacts(
        person=person,
        ids=numbers(chance, "activecampaign contact", person),
        created=created,
        deleted=np.where(is_deleted, created + lives, NEVER),
        email=np.where(is_typo, typo, email),
        phone=np.where(has_phone, people.phone[person], ""),
        is_confirmed=chance.uniform("activecampaign confirmed", person) >= _UNCONFIRMED,
        is_wrong=is_typo | (chance.uniform("activecampaign wrong", person) < _WRONG_ADDRESS),
    )


def numbers(chance: Chance, name: str, index: Array) -> Array:
    """Return ids as the tool gives them: small numbers that never repeat, as text."""
    return (SMALLEST_ID + index * 7 + chance.below(name, 7, index)).astype("U12")


def newsletters(world: World, chance: Chance) -> Array:
    """Return when each newsletter goes out, by month; NEVER for one that has not."""
    months = world.calendar()
    begin = np.array([month.begin for month in months], dtype=np.int64)
    days = 6 + chance.below("activecampaign newsletter", 12, np.arange(len(months)))
    sent = begin + days * DAY + 8 * HOUR + 17 * 60
    return np.where((sent >= world.begin) & (sent < world.now), sent, NEVER)


def mails(world: World, listed: Contacts, chance: Chance) -> Mails:
    """Return all mails that were sent by now and what became of them by now."""
    monthly = newsletters(world, chance)
    rows = np.arange(len(listed.ids))
    follow = np.array(FOLLOW_UPS, dtype=np.int64)
    count = len(follow) + len(monthly)
    number = np.tile(
        np.r_[1 + np.arange(len(follow)), FIRST_NEWSLETTER + np.arange(len(monthly))], len(rows)
    )
    contact = np.repeat(rows, count)
    sent = np.hstack(
        [listed.created[:, None] + follow, np.broadcast_to(monthly, (len(rows), len(monthly)))]
    ).ravel()
    gets = (sent > listed.created[contact]) & (sent < listed.deleted[contact])
    gets &= (sent < world.now) & listed.is_confirmed[contact]
    contact, number, sent = contact[gets], number[gets], sent[gets]
    order = np.lexsort((number, contact, sent))
    contact, number, sent = contact[order], number[order], sent[order]
    return _until_it_ends(world, _read(listed, contact, number, sent, chance), listed, chance)


def _read(listed: Contacts, contact: Array, number: Array, sent: Array, chance: Chance) -> Mails:
    """Draw what becomes of mails, as if nobody ever unsubscribed."""
    person = listed.person[contact]

    def u(name: str, *more: Array) -> Array:
        return chance.uniform(f"activecampaign {name}", person, number, *more)

    hard = listed.is_wrong[contact]
    soft = ~hard & (u("full") < _FULL_MAILBOX)
    arrives = ~hard & ~soft
    keen = np.exp2(-(sent - listed.created[contact]) / _WANING)
    is_machine = chance.uniform("activecampaign machine", person) < _MACHINE_READER
    by_machine = arrives & is_machine & (u("machine opens") < _MACHINE_OPENS)
    by_hand = arrives & (u("opens") < _OPENS * (0.35 + 0.65 * keen))
    machine = np.where(by_machine, sent + 240 + (u("machine when") * 2400).astype(int), NEVER)
    waits = np.exp(np.log(3 * HOUR) + 1.3 * chance.normal("activecampaign waits", person, number))
    opened = np.where(by_hand, sent + 120 + np.minimum(waits, 9 * DAY).astype(np.int64), NEVER)
    again = 1 + (u("opens again") < 0.3)
    clicks, counts = [], []
    for link, share in enumerate(_CLICKS):
        place = np.full(len(sent), link)
        # the mails of the automation have one link, newsletters two
        does = by_hand & (u("clicks", place) < share)
        does &= (link == 0) | (number >= FIRST_NEWSLETTER)
        moment = opened + 20 + 70 * link + (u("clicks when", place) * 40).astype(np.int64)
        clicks.append(np.where(does, moment, NEVER))
        counts.append(np.where(does, 1 + (u("clicks again", place) < 0.15), 0))
    leaves = by_hand & (u("unsubscribes") < _UNSUBSCRIBES / _OPENS)
    return Mails(
        contact=contact,
        number=number,
        sent=sent,
        is_hard_bounce=hard,
        is_soft_bounce=soft,
        opened=np.minimum(machine, opened),
        open_count=by_machine.astype(np.int64) + np.where(by_hand, again, 0),
        clicked=np.stack(clicks, axis=-1),
        click_count=np.stack(counts, axis=-1),
        unsubscribed=np.where(leaves, opened + 180, NEVER),
    )


def _until_it_ends(world: World, drawn: Mails, listed: Contacts, chance: Chance) -> Mails:
    """Take away what comes after a hard bounce or an unsubscription, and what lies ahead."""
    size = len(listed.ids)
    bounced, left, first = (np.full(size, NEVER) for _ in range(3))
    np.minimum.at(bounced, drawn.contact[drawn.is_hard_bounce], drawn.sent[drawn.is_hard_bounce])
    np.minimum.at(left, drawn.contact, drawn.unsubscribed)
    back = resubscribed(left, listed, chance)
    np.minimum.at(first, drawn.contact, drawn.sent)
    keeps = drawn.sent <= np.minimum(bounced, left)[drawn.contact]
    keeps |= (drawn.sent > back[drawn.contact]) & (bounced[drawn.contact] >= NEVER)
    kept = drawn.where(keeps)
    # nobody unsubscribes a second time
    once = kept.unsubscribed == left[kept.contact]
    kept.unsubscribed = np.where(once, kept.unsubscribed, NEVER)
    # what somebody does after the contact was deleted nobody counts
    end = np.minimum(world.now, listed.deleted[kept.contact])
    for name in ("opened", "unsubscribed"):
        moments = getattr(kept, name)
        setattr(kept, name, np.where(moments < end, moments, NEVER))
    kept.open_count = np.where(kept.opened < NEVER, kept.open_count, 0)
    kept.clicked = np.where(kept.clicked < end[:, None], kept.clicked, NEVER)
    kept.click_count = np.where(kept.clicked < NEVER, kept.click_count, 0)
    return kept


def resubscribed(left: Array, listed: Contacts, chance: Chance) -> Array:
    """Return when who has unsubscribed comes back, NEVER for most."""
    does = chance.uniform("activecampaign returns", listed.person) < _RESUBSCRIBES
    wait = ((20 + 60 * chance.uniform("activecampaign away", listed.person)) * DAY).astype(np.int64)
    return np.where(does & (left < NEVER), np.minimum(left, NEVER // 2) + wait, NEVER)
