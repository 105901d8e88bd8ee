"""The journeys that perfect matching would find: per component, which account, how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox import vendors
from ingestion.sandbox.company import tables, visits
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import CONTACT, DEVICE, EMAIL, USER, VISITOR, normal
from ingestion.sandbox.company.support import WAYS
from ingestion.sandbox.truth.identity import KINDS, NOBODY
from ingestion.sandbox.truth.schema import ACQUISITION_IDLE_DAYS, SUPPORT_IDLE_HOURS
from ingestion.sandbox.vendors.chartmogul.billing import knows_company

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.truth.identity import Identifiers
    from ingestion.sandbox.whole import Company


def accounts_of(company: Company, found: Identifiers) -> Array:
    """Return each component's account as far as some record leads there, -1 for none.

    The CRM's association counts first; where nothing ties the company to the billing customer, it
    leads to an account that never pays, which is none here.
    """
    people, firms, now = company.people, company.accounts, company.world.now
    size = int(found.component.max(initial=0)) + 1
    chosen = np.full(size, -1)
    if not firms.count:
        return chosen
    crm, listed = company.companies, company.customers
    domain, email = people.account_domain, np.full(firms.count, "", dtype="U90")
    main = (listed.account >= 0) & ~listed.is_twin
    email[listed.account[main]] = normal(listed.email[main])
    in_crm = crm.created < now
    billed = np.zeros(firms.count, dtype=bool)
    billed[listed.account[main]] = True
    tied = (
        (domain != "") | crm.knows_account | knows_company(company.accounts.index, company.chance)
    )
    rows = np.flatnonzero(found.component != NOBODY)
    account = people.account[found.person[rows]]
    rows, account = rows[account >= 0], account[account >= 0]
    kind, value = found.kind[rows], found.value[rows]
    host = np.array([text.rpartition("@")[2] for text in value.tolist()], dtype="U90")
    contacts = company.contacts
    there = contacts.ids[contacts.at(now)]
    by_crm = (kind == CONTACT) & in_crm[account] & np.isin(value, there)
    by_bill = (kind == EMAIL) & billed[account] & (value == email[account])
    by_domain = (kind == EMAIL) & (domain[account] != "") & (host == domain[account])
    by_domain &= billed[account] | in_crm[account]
    for way in (by_domain, by_bill):
        chosen[found.component[rows[way]]] = account[way]
    for system in vendors.systems():
        for number, values in getattr(system, "employees", lambda _: ())(company):
            own = (kind == KINDS.index(number)) & np.isin(value, values)
            chosen[found.component[rows[own]]] = account[own]
    stuck = np.where(billed[account] & ~tied[account], -1, account)
    chosen[found.component[rows[by_crm]]] = stuck[by_crm]
    return chosen


def conversations(company: Company, found: Identifiers) -> tables.Columns:
    """Return all chats and tickets; components as numbers."""
    parts = [_chats(company, found), _offline(company, found), _tickets(company, found)]
    parts.extend(
        system.conversations(company, found)
        for system in vendors.systems()
        if hasattr(system, "conversations")
    )
    parts = [_as_asked(len(part["person"])) | part for part in parts]
    table: tables.Columns = {
        name: np.concatenate([np.asarray(part[name], dtype=object) for part in parts])
        for name in parts[0]
    }
    person = table.pop("person").astype(np.int64)
    table["person_id"] = company.people.ids[person]
    table["component_id"] = table["component_id"].astype(np.int64)
    for name in ("started", "first_customer_message", "first_agent_message", "resolved",
                 "last_activity"):  # fmt: skip
        moment = table.pop(f"{name}_ms").astype(np.int64)
        hidden = moment >= company.world.now_ms
        table[f"{name}_s"] = np.ma.masked_array(moment / 1000, mask=hidden)
    asked, answered = table["first_customer_message_s"], table["first_agent_message_s"]
    waited = np.floor(np.round((answered.data - asked.data) * 1000) / 1000)
    waited = np.where(np.ma.getmaskarray(answered), 0, waited)
    table["first_response_s"] = np.ma.masked_array(
        waited.astype(np.int64), mask=np.ma.getmaskarray(answered)
    )
    for name in ("is_bot_involved", "is_bot_solved", "is_deleted"):
        table[name] = table[name].astype(bool)
    table["is_begun_by_customer"] = table["began_by"] == "customer"
    table["reopened_count"] = table["reopened_count"].astype(np.int64)
    table["account_id"] = np.full(len(person), None)
    return table


def _as_asked(count: int) -> dict[str, Array]:
    """Return what is true of conversations of which a part says nothing else."""
    return {
        "began_by": np.full(count, "customer"),
        "is_bot_solved": np.zeros(count, dtype=bool),
        "reopened_count": np.zeros(count, dtype=np.int64),
    }


def _chats(company: Company, found: Identifiers) -> tables.Columns:
    chats, now = company.chats, company.world.now_ms
    person, count = chats.talks.person, len(chats.ids)
    started = np.full(count, NEVER)
    np.minimum.at(started, chats.messages.chat, chats.messages.time)
    offered = chats.talks.is_offered
    greeted = np.where(chats.is_greeted_by_agent, "agent", "program")
    return {
        "source": np.full(count, "tawk"),
        "conversation_type": np.full(count, "chat"),
        "record_id": chats.ids,
        "channel": np.full(count, "chat"),
        "person": person,
        "component_id": found.component_of(VISITOR, chats.told.visitor_id, person),
        "started_ms": started,
        "began_by": np.where(offered, greeted, "customer"),
        "first_customer_message_ms": np.where(offered, NEVER, chats.talks.asked_ms),
        "first_agent_message_ms": np.where(
            chats.talks.answered_ms < now, chats.talks.answered_ms, NEVER
        ),
        "resolved_ms": chats.resolved_ms,
        "reopened_count": chats.reopened_count,
        "last_activity_ms": np.where(offered, started, chats.last_human_ms),
        "is_bot_involved": ~offered,
        "is_bot_solved": chats.talks.is_bot_solved & (chats.resolved_ms < NEVER),
        "is_deleted": chats.is_deleted,
    }


def _offline(company: Company, found: Identifiers) -> tables.Columns:
    left = company.offline
    person, count = left.talks.person, len(left.ids)
    return {
        "source": np.full(count, "tawk"),
        "conversation_type": np.full(count, "ticket"),
        "record_id": left.ids,
        "channel": np.full(count, "email"),
        "person": person,
        "component_id": found.component_of(EMAIL, normal(company.people.email[person]), person),
        "started_ms": left.created_ms,
        "first_customer_message_ms": left.created_ms,
        "first_agent_message_ms": np.full(count, NEVER),
        "resolved_ms": left.closed_ms,
        "last_activity_ms": np.where(left.closed_ms < NEVER, left.closed_ms, left.created_ms),
        "is_bot_involved": np.zeros(count, dtype=bool),
        "is_deleted": np.zeros(count, dtype=bool),
    }


def _tickets(company: Company, found: Identifiers) -> tables.Columns:
    tickets, contacts = company.tickets, company.contacts
    person, count = tickets.talks.person, len(tickets.ids)
    contact = np.full(company.people.count, "", dtype="U12")
    first = ~contacts.is_twin
    contact[contacts.person[first]] = contacts.ids[first]
    last = np.where(tickets.replied_ms < NEVER, tickets.replied_ms, tickets.created_ms)
    last = np.where(tickets.reopened_ms < NEVER, tickets.reopened_ms, last)
    last = np.where(tickets.closed_ms < NEVER, tickets.closed_ms, last)
    return {
        "source": np.full(count, "hubspot"),
        "conversation_type": np.full(count, "ticket"),
        "record_id": tickets.ids,
        "channel": np.array(WAYS)[tickets.talks.way],
        "person": person,
        "component_id": found.component_of(CONTACT, contact[person], person),
        "started_ms": tickets.created_ms,
        "first_customer_message_ms": tickets.created_ms,
        "first_agent_message_ms": tickets.replied_ms,
        "resolved_ms": tickets.closed_ms,
        "reopened_count": tickets.reopened_ms < NEVER,
        "last_activity_ms": last,
        "is_bot_involved": np.zeros(count, dtype=bool),
        "is_deleted": tickets.archived < company.world.now,
    }


def journeys(
    company: Company, found: Identifiers, accounts: Array, talks: tables.Columns
) -> tables.Columns:
    """Return the journeys by the definitions of `schema.py`; components as numbers."""
    kept = ~talks["is_deleted"] & talks["is_begun_by_customer"]
    kept &= talks["component_id"] != NOBODY
    component = talks["component_id"][kept]
    opened = talks["first_customer_message_s"].data[kept]
    closed = talks["last_activity_s"].data[kept]
    resolved = ~np.ma.getmaskarray(talks["resolved_s"])[kept]
    parts = [
        _acquisitions(company, found, accounts, component, opened),
        _supports(company, component, opened, closed, resolved),
    ]
    names = ("journey_type", "component_id", "started_s", "ended_s", "outcome", "conversations")
    rows = {name: np.concatenate([part[place] for part in parts])
            for place, name in enumerate(names)}  # fmt: skip
    owner = np.zeros(len(accounts), dtype=np.int64)
    mine = found.component != NOBODY
    owner[found.component[mine]] = found.person[mine]
    count = rows.pop("conversations")
    ended = rows["ended_s"]
    return {
        **rows,
        "ended_s": np.ma.masked_array(ended, mask=ended < 0),
        "person_id": company.people.ids[owner[rows["component_id"]]],
        "account_id": np.full(len(count), None),
        "conversation_count": np.ma.masked_array(count, mask=count < 0),
    }


def _acquisitions(
    company: Company, found: Identifiers, accounts: Array, component: Array, opened: Array
) -> tuple[Array, ...]:
    first = np.full(len(accounts), float(NEVER))
    last = np.full(len(accounts), -1.0)
    np.minimum.at(first, component, opened)
    np.maximum.at(last, component, opened)
    seen = company.seen
    person, column = np.nonzero(seen.last >= 0)
    is_user = column == visits.SHARED_SLOT + 1
    value = np.where(
        is_user,
        company.people.user_id[person],
        company.links.devices[person, np.minimum(column, visits.SHARED_SLOT)].astype("U36"),
    )
    for kind, rows in ((USER, is_user), (DEVICE, ~is_user)):
        whose = found.component_of(kind, value[rows], person[rows])
        known = whose != NOBODY
        np.minimum.at(first, whose[known], seen.first[person, column][rows][known])
        np.maximum.at(last, whose[known], seen.last[person, column][rows][known])
    for system in vendors.systems():
        for kind, value, who, moment, _ in getattr(system, "touches", lambda _: ())(company):
            whose = found.component_of(KINDS.index(kind), value, who)
            known = whose != NOBODY
            np.minimum.at(first, whose[known], moment[known])
            np.maximum.at(last, whose[known], moment[known])
    touched = np.flatnonzero(last >= 0)
    paid = np.full(len(touched), NEVER)
    own = accounts[touched]
    if company.accounts.count:
        paid = np.where(own >= 0, company.accounts.first_payment[own], NEVER)
    paid = np.where(paid < company.world.now, paid, NEVER)
    before = first[touched] < paid
    touched, paid = touched[before], paid[before]
    recent = last[touched] >= company.world.now - ACQUISITION_IDLE_DAYS * DAY
    outcome = np.where(paid < NEVER, "converted", np.where(recent, "open", "abandoned"))
    ended = np.where(paid < NEVER, paid, np.where(recent, -1, last[touched])).astype(float)
    return (
        np.full(len(touched), "acquisition"),
        touched,
        first[touched],
        ended,
        outcome,
        np.full(len(touched), -1),
    )


def _supports(
    company: Company, component: Array, opened: Array, closed: Array, resolved: Array
) -> tuple[Array, ...]:
    order = np.lexsort((opened, component))
    idle, now = SUPPORT_IDLE_HOURS * 3600, company.world.now
    found: list[list[Any]] = []
    previous = NOBODY
    for row in order.tolist():
        whose, begin, end, done = component[row], opened[row], closed[row], bool(resolved[row])
        if whose != previous or begin > found[-1][2] + idle:
            found.append([whose, begin, end, done, end if done else -1.0, 1])
        else:
            chain = found[-1]
            chain[2], chain[3] = max(chain[2], end), done
            chain[4] = max(chain[4], end if done else -1.0)
            chain[5] += 1
        previous = whose
    outcomes, ends = [], []
    for _, _, last, done, solved, _ in found:
        outcome = "resolved" if done else "open" if last >= now - idle else "abandoned"
        outcomes.append(outcome)
        ends.append({"resolved": solved, "open": -1.0, "abandoned": last}[outcome])
    columns = list(zip(*found, strict=True)) or [()] * 6
    return (
        np.full(len(found), "support"),
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=float),
        np.array(ends, dtype=float),
        np.array(outcomes, dtype="U10"),
        np.array(columns[5], dtype=np.int64),
    )
