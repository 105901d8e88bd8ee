"""The visits that Google Analytics 4 measures; the product's analytics also shows some of them.

Both measure the website. No other system sees the guide (a separate site), its forms and the callbacks
booked there. A booking in the calendar embedded in the website leaves an event here too, with its id.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import tables, visits
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import CHANNELS, MAX_DEVICES, STAFF, WEB
from ingestion.sandbox.vendors.calendly import tables as calendly

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.whole import Company

KINDS = ("pages", "sign up", "checkout", "login", "guide", "form", "callback", "calendar", "cancel")
PAGES, SIGN_UP, CHECKOUT, LOGIN, GUIDE, FORM, CALLBACK, CALENDAR, CANCEL = range(len(KINDS))
GUIDE_KINDS = (GUIDE, FORM, CALLBACK, CANCEL)
NO_CONSENT_MODE, GRANTED, DENIED = range(3)
# consent mode was introduced so long after the first day; before, who denied was not measured
CONSENT_MODE_DAYS = 60
_GRANTS, _BLOCKS = 0.74, 0.08
_BROWSES, _LOGS_IN = 0.55, 0.08
_TURNS, _EARLY = 6, 4
_READS = (0.3, 0.5, 0.5, 0.25)  # by kind of person, for each turn
_FORM, _CALLBACK, _CANCELS = 0.16, 0.07, 0.2
_LATE, _LATEST_HOURS = 0.04, 70
_OTHER_KEYS = 2**50
CALLBACK_SECONDS = 900


@dataclass
class Visits:
    """One row per visit that is measured, in order of time."""

    key: Array
    person: Array
    slot: Array
    time: Array
    kind: Array
    consent: Array
    channel: Array  # position in CHANNELS
    delay_ms: Array
    booking: Array  # the calendar's booking id, or the callback's; "" for others
    starts: Array  # when the session that was booked is to be

    def where(self, mask: Array) -> Visits:
        """Return some of them."""
        return Visits(*(getattr(self, field.name)[mask] for field in fields(self)))


def measured(company: Company) -> Visits:
    """Return all visits that began by now and are measured at all."""
    parts = [_website(company), _guide(company), _calendar(company)]
    key, person, slot, time, kind, booking, starts = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    chance, people = company.chance, company.people
    grants = chance.uniform("ga4 consent", person, slot) < _GRANTS
    before = time < company.world.begin + CONSENT_MODE_DAYS * DAY
    consent = np.where(grants, GRANTED, DENIED)
    consent = np.where(before, NO_CONSENT_MODE, consent)
    kept = (time < company.world.now) & (grants | ~before)
    # an ad blocker keeps the tag from loading
    kept &= chance.uniform("ga4 blocked", person, slot) >= _BLOCKS
    again = chance.pick("ga4 way back", [5, 30, 3, 6, 12, 6, 38], key)
    came = (kind == PAGES) & (time == people.arrived[person])
    late = chance.uniform("ga4 late", key) < _LATE
    hours = np.where(late, 1 + (_LATEST_HOURS - 1) * chance.uniform("ga4 hours late", key), 0)
    found = Visits(
        key=key,
        person=person,
        slot=slot,
        time=time,
        kind=kind,
        consent=consent,
        channel=np.where(came, people.channel[person], again),
        delay_ms=(hours * 3_600_000).astype(np.int64) + 1500,
        booking=booking,
        starts=starts,
    ).where(kept)
    return found.where(np.lexsort((found.key, found.time)))


def _website(company: Company) -> tuple[Array, ...]:
    """Return the visits of the website, which the product's analytics shows as well."""
    chance, people, visited = company.chance, company.people, company.visits
    slot = np.minimum(visited.slot, MAX_DEVICES - 1)
    is_web = (visited.slot < MAX_DEVICES) & (people.device_kind[visited.person, slot] == WEB)
    u = chance.uniform("ga4 measures", visited.key)
    script = visited.script
    kind = np.select(
        [
            script == visits.ARRIVE,
            (script == visits.BROWSE) & (u < _BROWSES),
            script == visits.SIGN_UP,
            script == visits.CHECKOUT,
            (script == visits.PRODUCT) & visited.has_user & (u < _LOGS_IN),
        ],
        [PAGES, PAGES, SIGN_UP, CHECKOUT, LOGIN],
        -1,
    )
    rows = np.flatnonzero(is_web & (kind >= 0) & (people.kind[visited.person] < STAFF))
    count = len(rows)
    return (
        visited.key[rows],
        visited.person[rows],
        slot[rows],
        visited.time[rows],
        kind[rows],
        np.full(count, "", dtype="U36"),
        np.full(count, NEVER),
    )


def _guide(company: Company) -> tuple[Array, ...]:
    """Return the visits of the guide: some before the sign-up, some after it."""
    chance, people = company.chance, company.people
    who = np.flatnonzero(people.kind < STAFF)
    person, turn = np.repeat(who, _TURNS), np.tile(np.arange(_TURNS), len(who))
    share = np.array([*_READS, *[0.0] * 3])[people.kind[person]]
    early = turn < _EARLY
    known = np.minimum(people.signed_up[person], NEVER // 4)
    wait = chance.uniform("ga4 guide when", person, turn)
    rough = np.where(
        early,
        people.arrived[person] + ((0.1 + 24 * wait) * DAY).astype(np.int64),
        known + ((2 + 110 * wait) * DAY).astype(np.int64),
    )
    time = waking(rough)
    reads = chance.uniform("ga4 guide", person, turn) < share * np.where(early, 0.8, 0.3)
    reads &= (time > people.arrived[person] + 1800) & (time < company.world.now)
    person, turn, time = person[reads], turn[reads], time[reads]
    u = chance.uniform("ga4 in the guide", person, turn)
    kind = np.select([u < _FORM, u < _FORM + _CALLBACK], [FORM, CALLBACK], GUIDE)
    key = _OTHER_KEYS + person * 64 + turn
    booking = tables.prefixed("rr-", chance, "ga4 callback", key, chars=10).astype("U36")
    booking = np.where(kind == CALLBACK, booking, "")
    starts = (time // DAY + 1 + chance.below("ga4 callback day", 6, key)) * DAY + 8 * 3600
    starts = starts + 900 * chance.below("ga4 callback slot", 32, key)
    starts = np.where(kind == CALLBACK, starts, NEVER)
    none = np.zeros(len(key), dtype=np.int64)
    # some call it off, by a link in the same browser
    off = (kind == CALLBACK) & (chance.uniform("ga4 cancels", key) < _CANCELS)
    later = (
        time
        + ((starts - time) * (0.2 + 0.6 * chance.uniform("ga4 cancels when", key))).astype(np.int64)
        * off
    )
    return (
        np.r_[key, key[off] + 32],
        np.r_[person, person[off]],
        np.r_[none, none[off]],
        np.r_[time, later[off]],
        np.r_[kind, np.full(off.sum(), CANCEL)],
        np.r_[booking, booking[off]],
        np.r_[starts, np.full(off.sum(), NEVER)],
    )


def _calendar(company: Company) -> tuple[Array, ...]:
    """Return the visits in which a session was booked in the website's calendar."""
    booked, chance = calendly.bookings(company), company.chance
    first = np.flatnonzero(booked.version == 0)
    key = booked.key[first]
    ids = calendly.invitee_ids(chance, key, booked.version[first])
    return (
        2 * _OTHER_KEYS + key,
        booked.person[first],
        np.zeros(len(first), dtype=np.int64),
        booked.created[first] - 45,
        np.full(len(first), CALENDAR),
        ids,
        np.full(len(first), NEVER),
    )


def channel_names(channel: Array) -> Array:
    """Return the names of channels by their position."""
    return np.array(CHANNELS)[channel]
