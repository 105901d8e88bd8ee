"""Salesforce: the CRM of the sellers who work the larger companies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import acts, enterprise_work
from ingestion.sandbox.company.draws import NEVER
from ingestion.sandbox.company.enterprise import BIN_SECONDS
from ingestion.sandbox.company.notes import EMAIL, PHONE, USER, is_role, normal
from ingestion.sandbox.vendors.salesforce import activities, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.notes import Kind, Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

CONTACT: Kind = ("crm_contact_id", "salesforce")
LEAD: Kind = ("crm_lead_id", "salesforce")
IDENTIFIERS = ((*CONTACT, True), (*LEAD, True))
# how a request that came by each origin counts
CHANNELS = ("email", "phone", "website")


def _work(company: Company) -> tuple[enterprise_work.Enterprise, records.Ids]:
    work = enterprise_work.simulate(company)
    return work, records.Ids(company, work)


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the objects' tables."""
    work, ids = _work(company)
    yield "salesforce/accounts", records.account_table(company, work, ids)
    yield "salesforce/contacts", records.contact_table(company, work, ids)
    yield "salesforce/leads", records.lead_table(company, work, ids)
    yield "salesforce/opportunities", records.opportunity_table(company, work, ids)
    origins = enterprise_work.ORIGINS
    yield "salesforce/cases", records.case_table(company, work, ids, origins)
    yield "salesforce/tasks", activities.task_table(company, work, ids)
    yield "salesforce/events", activities.event_table(company, work, ids)
    yield "salesforce/users", records.user_table(company, ids)


def identify(company: Company, notes: Notes) -> None:
    """Note what contacts and leads tell, which were merged, and what leads became."""
    work, ids = _work(company)
    now, contacts, leads = company.world.now, work.contacts, work.leads
    notes.node(CONTACT, ids.contacts, contacts.person)
    _told(notes, CONTACT, ids.contacts, contacts, np.arange(len(contacts.person)))
    users = np.flatnonzero(contacts.user_id != "")
    notes.link(
        (CONTACT, ids.contacts[users]),
        (USER, contacts.user_id[users]),
        contacts.person[users],
        "salesforce",
        contacts.created[users] * 1000,
    )
    gone = np.flatnonzero(contacts.merged < now)
    notes.link(
        (CONTACT, ids.winners[gone]),
        (CONTACT, ids.contacts[gone]),
        contacts.person[gone],
        "salesforce",
        contacts.merged[gone] * 1000,
    )
    there = np.flatnonzero(leads.deleted >= now)
    notes.node(LEAD, ids.leads[there], leads.person[there])
    _told(notes, LEAD, ids.leads, leads, there)
    became = np.flatnonzero(leads.converted < now)
    contact_of = np.full(company.people.count, -1)
    own = np.flatnonzero(~contacts.is_twin)
    contact_of[contacts.person[own]] = own
    notes.link(
        (LEAD, ids.leads[became]),
        (CONTACT, ids.contacts[contact_of[leads.person[became]]]),
        leads.person[became],
        "salesforce",
        leads.converted[became] * 1000,
    )


def _told(notes: Notes, kind: Kind, ids: Array, listed: Any, rows: Array) -> None:
    email = normal(listed.email)
    known = rows[~listed.is_junk[rows]]
    office = is_role(email)[known]
    notes.node(EMAIL, email[known[office]], listed.person[known[office]], shared=True)
    for own, values in ((known[~office], (EMAIL, email)), (rows, (PHONE, listed.phone))):
        number, texts = values
        given = own[texts[own] != ""]
        notes.link(
            (kind, ids[given]),
            (number, texts[given]),
            listed.person[given],
            "salesforce",
            listed.created[given] * 1000,
        )


def touches(company: Company) -> Iterator[tuple[Kind, Array, Array, Array, int]]:
    """Yield calls that contacts and leads made, and meetings; what sellers do begins nothing."""
    work, ids = _work(company)
    held, took_place = activities.interactions(company, work)
    tasks, meetings = work.tasks, work.meetings
    who = ids.who(company, work)[held]
    is_lead = np.isin(who, ids.leads)
    for kind, mine in ((CONTACT, ~is_lead), (LEAD, is_lead)):
        yield kind, who[mine], tasks.person[held][mine], tasks.done[held][mine], acts.CHOOSE
    met = meetings.contact[took_place]
    person, starts = work.contacts.person[met], meetings.starts[took_place]
    yield CONTACT, ids.contacts[met], person, starts, acts.CHOOSE


def employees(company: Company) -> Iterator[tuple[Kind, Array]]:
    """Yield the contacts: the domain of their account is that of its billing."""
    work, ids = _work(company)
    yield CONTACT, ids.contacts[~work.contacts.is_twin]


def conversations(company: Company, found: Any) -> Columns:
    """Return the cases that were not purged; who first answered them is not recorded."""
    work, ids = _work(company)
    cases, contacts, now = work.cases, work.contacts, company.world.now
    kept = np.flatnonzero(cases.deleted + BIN_SECONDS >= now)
    contact = cases.contact[kept]
    person, closed = contacts.person[contact], cases.closed_ms[kept]
    created, count = cases.created_ms[kept], len(kept)
    return {
        "source": np.full(count, "salesforce"),
        "conversation_type": np.full(count, "case"),
        "record_id": ids.cases[kept],
        "channel": np.array(CHANNELS)[cases.origin[kept]],
        "person": person,
        "component_id": found.component_of(CONTACT, ids.contacts[contact], person),
        "started_ms": created,
        "first_customer_message_ms": created,
        "first_agent_message_ms": np.full(count, NEVER),
        "resolved_ms": closed,
        "last_activity_ms": np.where(closed < NEVER, closed, created),
        "is_bot_involved": np.zeros(count, dtype=bool),
        "is_deleted": cases.deleted[kept] < now,
    }
