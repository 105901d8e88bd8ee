"""The activities in the sales team's CRM: tasks (calls, e-mails, things to do) and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import tables
from ingestion.sandbox.company.crm import SALES
from ingestion.sandbox.company.draws import NEVER
from ingestion.sandbox.company.enterprise_work import CALL
from ingestion.sandbox.vendors.salesforce.records import day_of, objects

if TYPE_CHECKING:
    from ingestion.sandbox.company.enterprise_work import Enterprise
    from ingestion.sandbox.vendors.salesforce.records import Ids
    from ingestion.sandbox.whole import Company

_SUBTYPES = ("Call", "Email", "Task")
_SUBJECTS = ("Call", "Email: Nordlicht for your locations", "Send offer")


def _deals_of(
    company: Company, work: Enterprise, ids: Ids
) -> dict[int, list[tuple[int, int, str]]]:
    """Return each firm's opportunities as (opened, decided, id)."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    deals = work.opportunities
    for row, firm in enumerate(deals.firm.tolist()):
        if deals.created[row] < company.world.now:
            entry = (int(deals.created[row]), int(deals.closes[row]), str(ids.opportunities[row]))
            found.setdefault(firm, []).append(entry)
    return found


def task_table(company: Company, work: Enterprise, ids: Ids) -> tables.Columns:
    """Return the tasks; a lead's go to the contact that it becomes."""
    tasks, contacts, now = work.tasks, work.contacts, company.world.now
    who = ids.who(company, work)
    deals = _deals_of(company, work, ids)
    seconds = 40 + company.chance.below("salesforce call", 1500, tasks.key)
    done_at = tables.iso(np.where(tasks.done < NEVER, tasks.done, 0) * 1000).tolist()
    properties: list[dict[str, Any]] = []
    for row, kind in enumerate(tasks.kind.tolist()):
        contact, case, is_done = tasks.contact[row], tasks.case[row], tasks.done[row] < NEVER
        made = int(tasks.created[row])
        firm = int(contacts.firm[contact]) if contact >= 0 else -1
        about = None
        if case >= 0:
            about = str(ids.cases[case])
        elif tasks.lead[row] < 0 and firm >= 0:
            open_deals = [deal for begin, end, deal in deals.get(firm, []) if begin <= made < end]
            about = open_deals[0] if open_deals else str(ids.accounts[firm])
        properties.append(
            {
                "WhoId": str(who[row]),
                "WhatId": about,
                "AccountId": str(ids.accounts[firm]) if firm >= 0 else None,
                "Subject": _SUBJECTS[kind],
                "Status": "Completed" if is_done else "Not Started",
                "Priority": "Normal",
                "TaskSubtype": _SUBTYPES[kind],
                "CallType": ("Inbound" if tasks.is_inbound[row] else "Outbound")
                if kind == CALL
                else None,
                "CallDurationInSeconds": int(seconds[row]) if kind == CALL else None,
                "ActivityDate": day_of(made),
                "IsClosed": bool(is_done),
                "CompletedDateTime": done_at[row] if is_done else None,
                "OwnerId": str(ids.owners[int(tasks.person[row]) % len(SALES)]),
            }
        )
    handed = np.append(work.leads.converted, NEVER)[tasks.lead]
    return objects(
        company,
        ids.tasks,
        tasks.created * 1000,
        [tasks.done, np.where(handed < now, handed, NEVER)],
        tasks.deleted,
        properties,
    )


def event_table(company: Company, work: Enterprise, ids: Ids) -> tables.Columns:
    """Return the events, with the copies in the calendars of those who were invited."""
    meetings = work.meetings
    copied = np.flatnonzero(meetings.has_copy)
    rows = np.r_[np.arange(len(meetings.key)), copied]
    is_copy = np.arange(len(rows)) >= len(meetings.key)
    deals = _deals_of(company, work, ids)
    length = 30 + 15 * company.chance.below("salesforce meeting minutes", 5, meetings.key)
    begin = tables.iso(meetings.starts * 1000).tolist()
    end = tables.iso((meetings.starts + length * 60) * 1000).tolist()
    properties: list[dict[str, Any]] = []
    for row, copy in zip(rows.tolist(), is_copy.tolist(), strict=True):
        firm, made = int(meetings.firm[row]), int(meetings.created[row])
        open_deals = [deal for first, last, deal in deals.get(firm, []) if first <= made < last]
        properties.append(
            {
                "WhoId": str(ids.contacts[meetings.contact[row]]),
                "WhatId": open_deals[0] if open_deals else str(ids.accounts[firm]),
                "AccountId": str(ids.accounts[firm]),
                "Subject": "Meeting",
                "EventSubtype": "Event",
                "StartDateTime": begin[row],
                "EndDateTime": end[row],
                "ActivityDate": day_of(int(meetings.starts[row])),
                "DurationInMinutes": int(length[row]),
                "IsAllDayEvent": False,
                "IsChild": bool(copy),
                "IsGroupEvent": bool(meetings.has_copy[row]),
                "IsRecurrence": False,
                "Location": ("Video call", "On site")[firm % 2],
                "OwnerId": str(ids.owners[(firm + copy) % len(SALES)]),
            }
        )
    return objects(
        company,
        np.where(is_copy, ids.copies[rows], ids.events[rows]),
        meetings.created[rows] * 1000,
        [],
        meetings.deleted[rows],
        properties,
    )


def interactions(company: Company, work: Enterprise) -> tuple[np.ndarray, np.ndarray]:
    """Return which calls came in and which meetings took place, by row of tasks and meetings."""
    tasks, meetings, now = work.tasks, work.meetings, company.world.now
    held = (tasks.kind == CALL) & tasks.is_inbound & (tasks.done < now) & (tasks.deleted >= now)
    took_place = (meetings.starts < now) & (meetings.deleted >= now)
    return np.flatnonzero(held), np.flatnonzero(took_place)
