"""The mailing tool's records, built from who got which mail and what happened to it.

A deleted contact's records are gone, but the counters of campaigns still include them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import mailing
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.mailing import FIRST_NEWSLETTER, FOLLOW_UPS, HOUR
from ingestion.sandbox.company.persons import FOUNDER
from ingestion.sandbox.company.tables import unless, until

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.mailing import Contacts, Mails
    from ingestion.sandbox.company.persons import People
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

NEWSLETTER, NEWS = 1, 2
LISTS = ("Newsletter", "Produktneuigkeiten")
SIGNED_UP, CUSTOMER, BOOKED = 1, 2, 3
TAGS = ("newsletter-signup", "customer", "call-booked")
AUTOMATION = "Willkommen"
SUBJECTS = ("Willkommen bei Nordlicht", "So kommen Sie zu mehr Bewertungen", "Was andere fragen")
PAGES = ("https://nordlicht.example/features", "https://nordlicht.example/pricing")
REASONS = ("", "too many mails", "not interested any more")
# the pixel is the first of a campaign's links; some campaigns, made in an older editor, hide it
PIXEL = "open"
_EVERY, _HIDDEN = 7, 3
_GETS_NEWS, _BOOKS, _DEALS = 0.6, 0.08, 0.3
UNCONFIRMED, ACTIVE, UNSUBSCRIBED, BOUNCED = range(4)


@dataclass
class Mailing:
    """A company's contacts and mails: all that the tables are made of."""

    world: World
    people: People
    chance: Chance
    listed: Contacts
    here: Array  # rows of contacts that are still there
    sent: Mails  # all of them
    kept: Mails  # those to contacts that are still there

    @property
    def kept_ids(self) -> Array:
        """Contact ids of the mails kept."""
        return self.listed.ids[self.kept.contact]

    @property
    def bounced(self) -> Array:
        """When each mail kept came back, NEVER where it did not."""
        kept = self.kept
        back = np.where(kept.is_hard_bounce | kept.is_soft_bounce, kept.sent + 45, NEVER)
        return np.where(back < self.world.now, back, NEVER)


def mailing_of(company: Company) -> Mailing:
    """Return what a company's tables are made of."""
    world, people, chance = company.world, company.people, company.chance
    listed = mailing.contacts(world, people, chance)
    sent = mailing.mails(world, listed, chance)
    here = listed.here(world.now)
    kept = sent.where(np.isin(sent.contact, here))
    return Mailing(world, people, chance, listed, here, sent, kept)


def build(all_of_it: Mailing) -> dict[str, Columns]:
    """Return all tables but the webhooks, by name."""
    world = all_of_it.world
    return {
        "contacts": _contacts(all_of_it),
        "lists": _named(world, "name", LISTS),
        "contact_lists": _memberships(all_of_it),
        "tags": _named(world, "tag", TAGS),
        "contact_tags": contact_tags(all_of_it),
        "automations": _named(world, "name", (AUTOMATION,)),
        "contact_automations": _entries(all_of_it),
        **_campaigns(all_of_it),
        "link_data": _link_data(all_of_it),
        "opens": _opens(all_of_it),
        "sends": _moments(all_of_it, all_of_it.kept.sent),
        "bounces": _bounces(all_of_it),
        "unsubscriptions": _unsubscriptions(all_of_it),
        "deals": _deals(all_of_it),
    }


def _text(values: Array) -> Array:
    return np.asarray(values).astype("U12")


def _named(world: World, column: str, names: tuple[str, ...]) -> Columns:
    return {
        "id": _text(np.arange(len(names)) + 1),
        column: list(names),
        "created_s": np.full(len(names), world.begin),
    }


def _latest(first: Array, contact: Array, *moments: Array) -> Array:
    """Return for each contact the last of some moments that have come."""
    found = first.copy()
    for each in moments:
        come = each < NEVER
        np.maximum.at(found, contact[come], each[come])
    return found


def _contacts(given: Mailing) -> Columns:
    listed, kept, here = given.listed, given.kept, given.here
    size, person = len(listed.ids), listed.person[here]
    account = given.people.account[person]
    organization = np.full(len(here), "")
    if len(given.people.account_name):
        organization = np.where(account >= 0, given.people.account_name[account], "")
    updated = _latest(listed.created, kept.contact, kept.unsubscribed, given.bounced)
    style = given.chance.below("activecampaign spelled", 3, person)
    return {
        "id": listed.ids[here],
        "email": listed.email[here],
        "first_name": given.people.first_name[person],
        "last_name": given.people.last_name[person],
        "phone": [
            _spelled(number, how)
            for number, how in zip(listed.phone[here].tolist(), style.tolist(), strict=True)
        ],
        "organization": organization,
        "created_s": listed.created[here],
        "updated_s": updated[here],
        "bounced_hard": np.bincount(kept.contact[kept.is_hard_bounce], minlength=size)[here],
        "bounced_soft": np.bincount(kept.contact[kept.is_soft_bounce], minlength=size)[here],
    }


def _spelled(number: str, how: int) -> str:
    if not number or how == 0:
        return number
    return f"{number[:3]} ({number[3:6]}) {number[6:]}" if how == 1 else f"00{number[1:]}"


def _memberships(given: Mailing) -> Columns:
    listed, kept, here, now = given.listed, given.kept, given.here, given.world.now
    size, person = len(listed.ids), listed.person[here]
    left, bounced = np.full(size, NEVER), np.full(size, NEVER)
    np.minimum.at(left, kept.contact, kept.unsubscribed)
    hard = kept.is_hard_bounce
    np.minimum.at(bounced, kept.contact[hard], kept.sent[hard])
    back = mailing.resubscribed(left, listed, given.chance)
    is_back = back < now
    with_campaign, reasons = np.full(size, "", dtype="U12"), np.full(size, "", dtype="U40")
    gone = kept.unsubscribed < NEVER
    with_campaign[kept.contact[gone]] = campaign_ids(kept.number[gone])
    reasons[kept.contact[gone]] = _reasons(given, kept.where(gone))
    is_out = (left < NEVER) & ~is_back
    status = np.select(
        [~listed.is_confirmed, bounced < NEVER, is_out],
        [UNCONFIRMED, BOUNCED, UNSUBSCRIBED],
        ACTIVE,
    )
    updated = _latest(listed.created, np.arange(size), left, bounced)
    updated = np.where(is_back, back, updated)
    news = here[given.chance.uniform("activecampaign news", person) < _GETS_NEWS]
    parts = [(NEWSLETTER, here, status, updated), (NEWS, news, np.full(size, ACTIVE),
             listed.created)]  # fmt: skip
    rows = np.concatenate([row for _, row, _, _ in parts])
    number = np.concatenate([np.full(len(row), name) for name, row, _, _ in parts])
    is_first = number == NEWSLETTER
    shown = np.concatenate([state[row] for _, row, state, _ in parts])
    return {
        "id": np.char.add(listed.ids[rows], _text(number)),
        "contact_id": listed.ids[rows],
        "list_id": _text(number),
        "status": shown,
        "subscribed_s": np.where(is_first & is_back[rows], back[rows], listed.created[rows]),
        "unsubscribed_s": until(np.where(shown == UNSUBSCRIBED, left[rows], NEVER), now),
        "updated_s": np.concatenate([moment[row] for _, row, _, moment in parts]),
        "campaign_id": unless(shown != UNSUBSCRIBED, with_campaign[rows]),
        "reason": np.where(shown == UNSUBSCRIBED, reasons[rows], ""),
    }


def _reasons(given: Mailing, gone: Mails) -> Array:
    person = given.listed.person[gone.contact]
    return np.array(REASONS)[given.chance.below("activecampaign reason", len(REASONS), person)]


def bookings(given: Mailing) -> tuple[Array, Array]:
    """Return the rows of contacts who have booked a call, and when."""
    row, tag, moment = _tagged(given)
    return row[tag == BOOKED], moment[tag == BOOKED]


def _tagged(given: Mailing) -> tuple[Array, Array, Array]:
    """Return the row of the contact, the tag and the moment of each tag that was given."""
    listed, here, now = given.listed, given.here, given.world.now
    person, created = listed.person[here], listed.created[here]
    books = given.chance.uniform("activecampaign books", person) < _BOOKS
    later = created + ((1 + 20 * given.chance.uniform("activecampaign booked", person)) * DAY)
    moments = (
        created,
        np.where(given.people.has_account[person], created + 60, NEVER),
        np.where(books, later.astype(np.int64), NEVER),
    )
    tag = np.repeat([SIGNED_UP, CUSTOMER, BOOKED], len(here))
    row, moment = np.tile(here, len(TAGS)), np.concatenate(moments)
    has = moment < now
    return row[has], tag[has], moment[has]


def contact_tags(given: Mailing) -> Columns:
    """Return which contact was given which tag."""
    listed = given.listed
    row, tag, moment = _tagged(given)
    return {
        "id": np.char.add(listed.ids[row], _text(tag)),
        "contact_id": listed.ids[row],
        "tag_id": _text(tag),
        "created_s": moment,
    }


def _entries(given: Mailing) -> Columns:
    listed, now = given.listed, given.world.now
    rows = given.here[listed.is_confirmed[given.here]]
    entered = listed.created[rows] + 30
    rows, entered = rows[entered < now], entered[entered < now]
    done = entered + FOLLOW_UPS[-1] + HOUR
    return {
        "id": listed.ids[rows],
        "contact_id": listed.ids[rows],
        "automation_id": np.full(len(rows), "1"),
        "entered_s": entered,
        "completed_s": until(done, now),
        "updated_s": np.where(done < now, done, entered),
    }


def campaign_ids(number: Array) -> Array:
    """Return the ids of campaigns by the numbers of their mails."""
    return _text(number)


def link_ids(number: Array, place: Array | int) -> Array:
    """Return the ids of links: place 0 is the pixel, 1 and 2 are the pages."""
    return _text(number * 10 + place)


def _has_pixel(number: Array) -> Array:
    return np.asarray(number % _EVERY != _HIDDEN)


def _campaigns(given: Mailing) -> dict[str, Columns]:
    monthly = mailing.newsletters(given.world, given.chance)
    months = np.flatnonzero(monthly < NEVER)
    follow = np.arange(len(FOLLOW_UPS)) + 1
    number = np.r_[follow, FIRST_NEWSLETTER + months]
    sent_at = np.r_[np.full(len(follow), NEVER), monthly[months]]
    created = np.where(sent_at < NEVER, np.maximum(sent_at - 2 * DAY, given.world.begin),
                       given.world.begin)  # fmt: skip
    is_news = number >= FIRST_NEWSLETTER
    sent = given.sent
    size = int(number.max()) + 1

    def total(of: Array, weight: Array | None = None) -> Array:
        counted = np.bincount(sent.number[of], None if weight is None else weight[of], size)
        return counted[number].astype(np.int64)

    opened, clicked = sent.opened < NEVER, sent.clicked < NEVER
    subjects = [*SUBJECTS, *(f"Nordlicht im {_month(given.world, m)}" for m in months.tolist())]
    unique = [total(clicked[:, place]) for place in range(clicked.shape[1])]
    times = [total(clicked[:, place], sent.click_count[:, place]) for place in range(len(unique))]
    uniqueopens, opens = total(opened), total(opened, sent.open_count)
    campaigns = {
        "id": campaign_ids(number),
        "name": subjects,
        "type": np.where(is_news, "single", "responder"),
        "automation_id": unless(is_news, np.full(len(number), "1")),
        "message_id": _text(number + 500),
        "created_s": created,
        "sent_s": until(sent_at, given.world.now),
        "send_amt": total(np.ones(len(sent.sent), dtype=bool)),
        "opens": opens,
        "uniqueopens": uniqueopens,
        "linkclicks": sum(times),
        "uniquelinkclicks": sum(unique),
        "subscriberclicks": total(np.asarray(clicked.any(axis=1))),
        "hardbounces": total(sent.is_hard_bounce),
        "softbounces": total(sent.is_soft_bounce),
        "unsubscribes": total(np.asarray(sent.unsubscribed < NEVER)),
    }
    messages = {"id": _text(number + 500), "subject": subjects, "created_s": created}
    places = [(0, _has_pixel(number), PIXEL, opens, uniqueopens)]
    places += [
        (place + 1, is_news | (place == 0), PAGES[place], times[place], unique[place])
        for place in range(len(PAGES))
    ]
    links: dict[str, list[Any]] = {name: [] for name in (
        "id", "campaign_id", "message_id", "link", "linkclicks", "uniquelinkclicks", "created_s")}  # fmt: skip
    for place, has, link, count, persons in places:
        for values, more in (
            ("id", link_ids(number, place)), ("campaign_id", campaign_ids(number)),
            ("message_id", _text(number + 500)), ("linkclicks", count),
            ("uniquelinkclicks", persons), ("created_s", created),
        ):  # fmt: skip
            links[values] += more[has].tolist()
        links["link"] += [link] * int(has.sum())
    return {"campaigns": campaigns, "messages": messages, "links": links}


def _month(world: World, number: int) -> str:
    return world.calendar()[number].name


def _link_data(given: Mailing) -> Columns:
    kept = given.kept
    shown = (kept.opened < NEVER) & _has_pixel(kept.number)
    parts = [(0, shown, kept.opened, kept.open_count)]
    parts += [
        (place + 1, kept.clicked[:, place] < NEVER, kept.clicked[:, place],
         kept.click_count[:, place])
        for place in range(len(PAGES))
    ]  # fmt: skip
    return {
        "link_id": np.concatenate([link_ids(kept.number[on], place) for place, on, *_ in parts]),
        "contact_id": np.concatenate([given.kept_ids[on] for _, on, *_ in parts]),
        "time_s": np.concatenate([moment[on] for _, on, moment, _ in parts]),
        "times": np.concatenate([count[on] for _, on, _, count in parts]),
    }


def _moments(given: Mailing, moments: Array) -> Columns:
    come = moments < NEVER
    return {
        "campaign_id": campaign_ids(given.kept.number[come]),
        "contact_id": given.kept_ids[come],
        "time_s": moments[come],
    }


def _opens(given: Mailing) -> Columns:
    times = given.kept.open_count[given.kept.opened < NEVER]
    return {**_moments(given, given.kept.opened), "times": times}


def _bounces(given: Mailing) -> Columns:
    kept = given.kept
    hard, bounced = kept.is_hard_bounce, given.bounced < NEVER
    return {
        "id": np.char.add(given.kept_ids[bounced], _text(kept.number[bounced] + 1000)),
        **_moments(given, given.bounced),
        "code": np.where(hard[bounced], "5.1.1", "4.2.2"),
        "error": np.where(hard[bounced], "User unknown", "Mailbox full"),
    }


def _unsubscriptions(given: Mailing) -> Columns:
    gone = given.kept.where(given.kept.unsubscribed < NEVER)
    return {**_moments(given, given.kept.unsubscribed), "reason": _reasons(given, gone)}


def _deals(given: Mailing) -> Columns:
    listed, chance, now = given.listed, given.chance, given.world.now
    person = listed.person[given.here]
    has = (given.people.kind[person] == FOUNDER) & (
        chance.uniform("activecampaign deal", person) < _DEALS
    )
    created = listed.created[given.here] + 3 * DAY
    rows = given.here[has & (created < now)]
    person, created = listed.person[rows], listed.created[rows] + 3 * DAY
    closed = created + ((10 + 60 * chance.uniform("activecampaign closes", person)) * DAY).astype(
        np.int64
    )
    is_won = chance.uniform("activecampaign wins", person) < 0.4
    worth = 5000 * (4 + chance.below("activecampaign worth", 60, person))
    return {
        "id": listed.ids[rows],
        "contact_id": listed.ids[rows],
        "title": [f"Beratung {name}" for name in given.people.last_name[person].tolist()],
        "value_cents": worth,
        "status": np.where(closed < now, np.where(is_won, 1, 2), 0),
        "created_s": created,
        "updated_s": np.where(closed < now, closed, created),
    }
