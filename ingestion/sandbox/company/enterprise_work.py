"""What the sales team for large customers does day by day: cases, calls, e-mails and meetings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import enterprise
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.enterprise import later

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.enterprise import Contacts, Firms, Leads, Opportunities
    from ingestion.sandbox.whole import Company

HOUR = 3600
CALL, EMAIL, TO_DO = range(3)
ORIGINS = ("Email", "Phone", "Web")
_DELETED_CASES, _DELETED_TASKS, _CANCELLED = 0.03, 0.03, 0.08
_MOST_TURNS = 48


class Cases(NamedTuple):
    """Requests of these contacts."""

    contact: Array  # row in Contacts
    key: Array
    created_ms: Array
    closed_ms: Array  # NEVER: open
    origin: Array
    deleted: Array


class Tasks(NamedTuple):
    """Calls, e-mails and things to do, with contacts, leads and about cases."""

    person: Array
    lead: Array  # row in Leads, -1 for none
    contact: Array  # row in Contacts, -1 for none
    case: Array  # row in Cases, -1 for none
    key: Array
    kind: Array
    done: Array  # when it happened; NEVER for what is still to be done
    created: Array
    is_inbound: Array
    deleted: Array


class Meetings(NamedTuple):
    """Events in calendars; some lie ahead, some were entered afterwards."""

    firm: Array
    contact: Array
    key: Array
    starts: Array
    created: Array
    deleted: Array
    has_copy: Array  # a second one in the calendar of who was invited


@dataclass
class Enterprise:
    """All of it."""

    firms: Firms
    contacts: Contacts
    leads: Leads
    opportunities: Opportunities
    cases: Cases
    tasks: Tasks
    meetings: Meetings


def simulate(company: Company) -> Enterprise:
    """Let the sellers work until the world's now."""
    firms = enterprise.firms(company)
    contacts = enterprise.contacts(company, firms)
    leads = enterprise.leads(company, firms)
    cases = _cases(company, firms, contacts)
    return Enterprise(
        firms=firms,
        contacts=contacts,
        leads=leads,
        opportunities=enterprise.opportunities(company, firms),
        cases=cases,
        tasks=_tasks(company, firms, contacts, leads, cases),
        meetings=_meetings(company, firms, contacts),
    )


def _sequence(
    company: Company, name: str, owner: Array, since: Array, until: Array, days: float
) -> tuple[Array, Array, Array]:
    """Return what happens to owners again and again: positions of the owners, keys, moments."""
    turn = np.arange(_MOST_TURNS)
    u = company.chance.uniform(name, owner[:, None], turn[None, :])
    gaps = (0.2 - days * np.log1p(-u)) * DAY
    moments = waking((since[:, None] + np.cumsum(gaps, axis=1)).astype(np.int64))
    # waking may move a moment to an earlier hour of its day
    fits = (moments > since[:, None]) & (moments < np.minimum(until, company.world.now)[:, None])
    place, number = np.nonzero(fits)
    return place, owner[place] * _MOST_TURNS + number, moments[place, number]


def _cases(company: Company, firms: Firms, contacts: Contacts) -> Cases:
    chance, now = company.chance, company.world.now_ms
    own = np.flatnonzero(~contacts.is_twin)
    place, key, moment = _sequence(
        company,
        "salesforce asks",
        contacts.person[own],
        contacts.created[own],
        firms.ends[contacts.firm[own]],
        days=75,
    )
    created = moment * 1000 + chance.below("salesforce asks ms", 1000, key)
    wait = np.exp(np.log(20 * HOUR) + 1.1 * chance.normal("salesforce solved", key))
    closed = created + np.minimum(wait, 30 * DAY).astype(np.int64) * 1000 + 60_000
    stays = chance.uniform("salesforce unsolved", key) < 0.05
    gone = later(moment, chance.uniform("salesforce case gone", key), 5, 40)
    leaves = chance.uniform("salesforce case deleted", key) < _DELETED_CASES
    return Cases(
        contact=own[place],
        key=key,
        created_ms=created,
        closed_ms=np.where(stays | (closed >= now), NEVER, closed),
        origin=chance.pick("salesforce origin", [50, 30, 20], key),
        deleted=np.where(leaves, gone, NEVER),
    )


def _tasks(company: Company, firms: Firms, contacts: Contacts, leads: Leads, cases: Cases) -> Tasks:
    chance, now = company.chance, company.world.now
    own = np.flatnonzero(~contacts.is_twin)
    contact_of = np.full(company.people.count, -1)
    contact_of[contacts.person[own]] = own
    parts = []
    # a lead is called until it is converted or given up
    last = np.minimum(leads.converted, np.minimum(leads.deleted, leads.created + 120 * DAY))
    place, key, moment = _sequence(
        company, "salesforce calls lead", leads.person, leads.created, last, days=18
    )
    is_converted = leads.converted[place] < NEVER
    contact = np.where(is_converted, contact_of[leads.person[place]], -1)
    parts.append((leads.person[place], place, contact, np.full(len(key), -1), key * 4, moment))
    place, key, moment = _sequence(
        company,
        "salesforce calls",
        contacts.person[own],
        contacts.created[own],
        firms.ends[contacts.firm[own]],
        days=55,
    )
    none = np.full(len(key), -1)
    parts.append((contacts.person[own][place], none, own[place], none, key * 4 + 1, moment))
    # an agent calls back
    rows = np.flatnonzero(chance.uniform("salesforce calls back", cases.key) < 0.35)
    back = later(
        cases.created_ms[rows] // 1000, chance.uniform("salesforce back", cases.key[rows]), 0.02, 1
    )
    rows, back = rows[back < now], back[back < now]
    who = contacts.person[cases.contact[rows]]
    none = np.full(len(rows), -1)
    parts.append((who, none, cases.contact[rows], rows, cases.key[rows] * 4 + 2, back))
    person, lead, contact, case, key, moment = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    kind = np.where(case >= 0, CALL, chance.pick("salesforce task", [45, 35, 20], key))
    # what is to be done is written down before it is done, if it ever is
    planned = kind == TO_DO
    forgotten = planned & (chance.uniform("salesforce forgotten", key) < 0.4)
    done = np.where(planned, later(moment, chance.uniform("salesforce done", key), 1, 12), moment)
    leaves = chance.uniform("salesforce task deleted", key) < _DELETED_TASKS
    gone = later(moment, chance.uniform("salesforce task gone", key), 3, 60)
    # with a lead go its activities
    with_lead = np.append(leads.deleted, NEVER)[lead]
    return Tasks(
        person=person,
        lead=lead,
        contact=contact,
        case=case,
        key=key,
        kind=kind,
        done=np.where(forgotten | (done >= now), NEVER, done),
        created=moment,
        is_inbound=(case < 0) & (chance.uniform("salesforce inbound", key) < 0.3),
        deleted=np.minimum(np.where(leaves, gone, NEVER), with_lead),
    )


def _meetings(company: Company, firms: Firms, contacts: Contacts) -> Meetings:
    chance, now = company.chance, company.world.now
    own = np.flatnonzero(~contacts.is_twin)
    first = np.full(len(firms.account), -1)
    founds = company.people.founder[firms.account[contacts.firm[own]]] == contacts.person[own]
    first[contacts.firm[own][founds]] = own[founds]
    # meetings are agreed upon until the company leaves, and may then lie ahead
    place, key, agreed = _sequence(
        company, "salesforce meets", firms.account, firms.opened, firms.ends, days=45
    )
    u = chance.uniform("salesforce meets when", key)
    starts = waking(later(agreed, u, 1, 16)) // 900 * 900
    # some are entered only afterwards
    late = chance.uniform("salesforce entered late", key) < 0.15
    after = later(starts, chance.uniform("salesforce entered when", key), 0.1, 5)
    created = np.where(late, after, agreed)
    cancels = ~late & (chance.uniform("salesforce cancelled", key) < _CANCELLED)
    kept = created < now
    return Meetings(
        firm=place[kept],
        contact=first[place[kept]],
        key=key[kept],
        starts=starts[kept],
        created=created[kept],
        deleted=np.where(cancels, np.maximum(starts - 6 * HOUR, agreed + 60), NEVER)[kept],
        has_copy=(chance.uniform("salesforce invited", key) < 0.2)[kept],
    )
