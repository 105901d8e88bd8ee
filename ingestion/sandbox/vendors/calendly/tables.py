"""Demos, first calls and trainings that people book in Calendly; no other system sees them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import acts, names, tables as cells
from ingestion.sandbox.company.clock import SATURDAY, waking, weekday
from ingestion.sandbox.company.crm import SALES
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import EMAIL, PHONE, Notes, normal
from ingestion.sandbox.company.persons import COLLEAGUE, FOUNDER, LEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

# name, minutes, where, whether it can still be booked
EVENT_TYPES = (
    ("Demo", 30, "zoom", True),
    ("Erstgespräch", 15, "outbound_call", True),
    ("Schulung vor Ort", 120, "physical", True),
    ("Sommeraktion", 30, "google_conference", False),
)
DEMO, CALL, TRAINING, _ = range(len(EVENT_TYPES))
JUNK = ("test@test.com", "none@none.com")
_FIRST, _TRAINED = 0.22, 0.1
# a session may be moved, and then once more; what is not moved may be cancelled, or nobody comes
_MOVED, _CANCELLED, _MISSED = (0.16, 0.2, 0.0), 0.12, 0.09
_LOUD, _SECOND, _JUNK, _PHONE = 0.08, 0.3, 0.01, 0.5


@dataclass
class Bookings:
    """One row per booking; moments in seconds, NEVER where something does not happen by now."""

    key: Array
    version: Array  # 0 for the first booking, 1 and 2 for those that took its place
    person: Array
    kind: Array
    created: Array
    starts: Array
    ends: Array
    moved: Array
    cancelled: Array
    missed: Array


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield Calendly's tables as they are by now."""
    booked = bookings(company)
    yield "calendly/event_types", _type_table(company)
    yield "calendly/scheduled_events", _event_table(company, booked)
    yield "calendly/invitees", _invitee_table(company, booked)


def _type_ids(chance: Chance) -> Array:
    return _uuids(chance, "calendly type", np.arange(len(EVENT_TYPES)))


def _type_table(company: Company) -> Columns:
    begun = (company.world.begin - 30 * DAY) * 1000
    return {
        "id": _type_ids(company.chance),
        "name": [name for name, *_ in EVENT_TYPES],
        "duration_minutes": [minutes for _, minutes, *_ in EVENT_TYPES],
        "location": [place for *_, place, _ in EVENT_TYPES],
        "is_active": [active for *_, active in EVENT_TYPES],
        "created_ms": [begun] * len(EVENT_TYPES),
        "updated_ms": [begun] * len(EVENT_TYPES),
    }


def _ended(booked: Bookings) -> tuple[Array, Array]:
    """Return which bookings are off, and when each was last changed in its session."""
    ended = np.minimum(booked.moved, booked.cancelled)
    return ended < NEVER, np.where(ended < NEVER, ended, booked.created)


def _event_table(company: Company, booked: Bookings) -> Columns:
    chance, key, version = company.chance, booked.key, booked.version
    is_off, changed = _ended(booked)
    host = chance.below("calendly host", len(SALES), key)
    by_host = chance.uniform("calendly cancelled by", key, version) < 0.2
    places = np.array([place for *_, place, _ in EVENT_TYPES])
    return {
        "id": _uuids(chance, "calendly event", key, version),
        "event_type_id": _type_ids(chance)[booked.kind],
        "name": np.array([name for name, *_ in EVENT_TYPES])[booked.kind],
        "status": np.where(is_off, "canceled", "active"),
        "starts_ms": booked.starts * 1000,
        "ends_ms": booked.ends * 1000,
        "location": places[booked.kind],
        "host_name": np.array(SALES)[host],
        "host_email": np.array([f"{names.plain(name)}@{names.INTERNAL_DOMAIN}" for name in SALES])[
            host
        ],
        "created_ms": booked.created * 1000,
        "updated_ms": changed * 1000,
        "canceled_ms": np.ma.masked_array(changed * 1000, mask=~is_off),
        "canceled_by": cells.unless(~is_off, np.where(by_host, "host", "invitee")),
        "cancel_reason": cells.unless(~is_off, np.full(len(key), "Passt leider nicht mehr")),
    }


def _invitee_table(company: Company, booked: Bookings) -> Columns:
    chance, people, count = company.chance, company.people, len(booked.key)
    key, version, person = booked.key, booked.version, booked.person
    is_off, changed = _ended(booked)
    before = np.maximum(version - 1, 0)
    email, _ = _emails(company, booked)
    phone = _phones(company, booked)
    has_old, has_new = version > 0, booked.moved < NEVER
    is_missed = booked.missed < NEVER
    utm = chance.uniform("calendly utm", key) < 0.3
    full = np.char.add(np.char.add(people.first_name, " "), people.last_name)
    return {
        "id": invitee_ids(chance, key, version),
        "event_id": _uuids(chance, "calendly event", key, version),
        "name": full[person],
        "email": email,
        "phone": cells.unless(phone == "", phone),
        "time_zone": np.full(count, "Europe/Berlin"),
        "status": np.where(is_off, "canceled", "active"),
        "created_ms": booked.created * 1000,
        "updated_ms": np.where(is_missed, booked.missed, changed) * 1000,
        "old_id": cells.unless(~has_old, _uuids(chance, "calendly invitee", key, before)),
        "old_event_id": cells.unless(~has_old, _uuids(chance, "calendly event", key, before)),
        "new_id": cells.unless(~has_new, _uuids(chance, "calendly invitee", key, version + 1)),
        "new_event_id": cells.unless(~has_new, _uuids(chance, "calendly event", key, version + 1)),
        "no_show_ms": np.ma.masked_array(booked.missed * 1000, mask=~is_missed),
        "utm_source": cells.unless(~utm, np.full(count, "newsletter")),
        "utm_campaign": cells.unless(~utm, np.full(count, "demo-wochen")),
    }


def bookings(company: Company) -> Bookings:
    """Return all bookings made by now, with what has become of them by now."""
    person, turn, kind, created = _wishes(company)
    version = np.zeros(len(person), dtype=np.int64)
    parts = []
    for number, share in enumerate(_MOVED):
        part = _fates(company, (person * 2 + turn, version, person, kind, created), share)
        parts.append(part)
        onward = part.moved < NEVER
        person, turn, kind = person[onward], turn[onward], kind[onward]
        version, created = np.full(len(person), number + 1), part.moved[onward]
    columns = [
        np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Bookings)
    ]
    return Bookings(*columns)


def _wishes(company: Company) -> tuple[Array, Array, Array, Array]:
    """Return who books when: leads and founders a first talk, members a training."""
    chance, people, now = company.chance, company.people, company.world.now
    i, none = people.index, np.zeros(people.count, dtype=np.int64)
    soon = people.arrived + 3600 + (5 * DAY * chance.uniform("calendly first when", i)).astype(int)
    first = np.isin(people.kind, (LEAD, FOUNDER)) & (chance.uniform("calendly first", i) < _FIRST)
    known = np.minimum(people.signed_up, NEVER // 4)
    later = known + ((3 + 40 * chance.uniform("calendly training when", i)) * DAY).astype(int)
    trained = np.isin(people.kind, (FOUNDER, COLLEAGUE))
    trained &= chance.uniform("calendly training", i) < _TRAINED
    kind = np.where(chance.uniform("calendly kind", i) < 0.6, DEMO, CALL)
    created = np.r_[waking(soon), waking(later)]
    wanted = np.r_[first, trained] & (created < now)
    return (
        np.r_[i, i][wanted],
        np.r_[none, none + 1][wanted],
        np.r_[kind, none + TRAINING][wanted],
        created[wanted],
    )


def _fates(
    company: Company, booked: tuple[Array, Array, Array, Array, Array], share: float
) -> Bookings:
    """Return what becomes of some bookings, of which a share is moved."""
    chance, now = company.chance, company.world.now
    key, version, person, kind, created = booked
    at = (key, version)
    starts = _slot(chance, created, at)
    ends = starts + np.array([minutes for _, minutes, *_ in EVENT_TYPES])[kind] * 60
    fate = chance.uniform("calendly fate", *at)
    wait = (starts - created) * (0.1 + 0.8 * chance.uniform("calendly changed when", *at))
    changed = created + wait.astype(np.int64)
    is_moved, is_cancelled = fate < share, (fate >= share) & (fate < share + _CANCELLED)
    is_missed = ~is_moved & ~is_cancelled & (fate > 1 - _MISSED)
    marked = ends + 3600 + (3 * DAY * chance.uniform("calendly marked when", *at)).astype(int)

    def by_now(moment: Array, happens: Array) -> Array:
        return np.where(happens & (moment < now), moment, NEVER)

    return Bookings(
        key=key,
        version=version,
        person=person,
        kind=kind,
        created=created,
        starts=starts,
        ends=ends,
        moved=by_now(changed, is_moved),
        cancelled=by_now(changed, is_cancelled),
        missed=by_now(marked, is_missed),
    )


def _slot(chance: Chance, moment: Array, at: tuple[Array, Array]) -> Array:
    """Return when the session is: one to twelve days ahead, on a working day."""
    day = moment // DAY + 1 + chance.below("calendly days ahead", 12, *at)
    weekend = weekday(day * DAY) - SATURDAY
    day = day + np.where(weekend >= 0, 2 - weekend, 0)
    return np.asarray(day * DAY + 7 * 3600 + 1800 * chance.below("calendly slot", 16, *at))


def _emails(company: Company, booked: Bookings) -> tuple[Array, Array]:
    """Return the addresses as they were typed, and which of them are junk."""
    chance, people, person = company.chance, company.people, booked.person
    own, second = people.email[person].astype("U90"), people.second_email[person]
    other = (second != "") & (chance.uniform("calendly second", booked.key) < _SECOND)
    email = np.where(other, second, own)
    loud = np.char.capitalize(email) if len(email) else email
    email = np.where(chance.uniform("calendly loud", booked.key) < _LOUD, loud, email)
    is_junk = chance.uniform("calendly junk", booked.key) < _JUNK
    junk = np.array(JUNK)[chance.below("calendly which junk", len(JUNK), booked.key)]
    return np.where(is_junk, junk, email), is_junk


def _phones(company: Company, booked: Bookings) -> Array:
    gives = company.chance.uniform("calendly phone", booked.key) < _PHONE
    return np.where(gives, company.people.phone[booked.person], "")


def invitee_ids(chance: Chance, key: Array, version: Array) -> Array:
    """Return the ids of who booked, by which other systems may name a booking."""
    return _uuids(chance, "calendly invitee", key, version)


def _uuids(chance: Chance, name: str, *index: Array) -> Array:
    return np.array(chance.uuid(name, *index).to_pylist(), dtype="U36")


def identify(company: Company, notes: Notes) -> None:
    """Note the addresses, and the telephone numbers that were given with them."""
    booked = bookings(company)
    email, is_junk = _emails(company, booked)
    email, phone = normal(email), _phones(company, booked)
    notes.node(EMAIL, email[~is_junk], booked.person[~is_junk])
    both = ~is_junk & (phone != "")
    notes.link(
        (EMAIL, email[both]),
        (PHONE, phone[both]),
        booked.person[both],
        "calendly",
        booked.created[both] * 1000,
    )


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield when people booked, moved or cancelled a session, and when it was to be."""
    booked, now = bookings(company), company.world.now
    email, is_junk = _emails(company, booked)
    is_over = (booked.moved >= NEVER) & (booked.cancelled >= NEVER) & (booked.ends < now)
    for moment, happened, act in (
        (booked.created, booked.created < now, acts.CHOOSE),
        (booked.cancelled, booked.cancelled < NEVER, acts.NOTHING),
        (booked.starts, is_over, acts.CHOOSE),
    ):
        rows = happened & ~is_junk
        yield ("email", "global"), normal(email[rows]), booked.person[rows], moment[rows], act
