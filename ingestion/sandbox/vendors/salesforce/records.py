"""The records of the sales team's CRM, in Salesforce's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import names, phrases, tables
from ingestion.sandbox.company.crm import SALES
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.enterprise import BIN_SECONDS
from ingestion.sandbox.vendors.tawk.chats import topic_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.enterprise_work import Enterprise
    from ingestion.sandbox.whole import Company

PREFIXES = {
    "accounts": "001", "contacts": "003", "leads": "00Q", "opportunities": "006", "cases": "500",
    "tasks": "00T", "events": "00U", "users": "005",
}  # fmt: skip
_LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
_SUFFIX = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"))
_POD, _DRAWN = "5g00", 8


def record_ids(kind: str, chance: Chance, name: str, *index: Array) -> Array:
    """Return ids of 18 characters: 15 drawn ones, and three that tell which of them are capitals."""
    number = chance.below(f"salesforce id {name}", len(_LETTERS) ** _DRAWN, *index)
    fixed = np.array(list(PREFIXES[kind] + _POD))
    drawn = number[:, None] // len(_LETTERS) ** np.arange(_DRAWN)[None, :] % len(_LETTERS)
    letters = np.concatenate(
        [np.broadcast_to(fixed, (len(number), len(fixed))), _LETTERS[drawn]], axis=1
    )
    capital = (letters >= "A") & (letters <= "Z")
    bits = (capital.reshape(len(number), 3, 5) << np.arange(5)).sum(axis=2)
    whole = np.concatenate([letters, _SUFFIX[bits]], axis=1)
    return np.array(["".join(row) for row in whole.tolist()], dtype="U18")


class Ids:
    """The ids of everything, so that records can name each other."""

    def __init__(self, company: Company, work: Enterprise) -> None:
        chance, people = company.chance, work.contacts.person
        first = work.contacts.first
        self.accounts = record_ids("accounts", chance, "account", work.firms.account)
        self.twin_accounts = record_ids("accounts", chance, "twin account", work.firms.account)
        self.contacts = np.where(
            work.contacts.is_twin,
            record_ids("contacts", chance, "twin contact", people),
            record_ids("contacts", chance, "contact", people),
        )
        self.winners = self.contacts[first]
        self.leads = record_ids("leads", chance, "lead", work.leads.person)
        self.opportunities = record_ids(
            "opportunities", chance, "opportunity", work.opportunities.key
        )
        self.cases = record_ids("cases", chance, "case", work.cases.key)
        self.tasks = record_ids("tasks", chance, "task", work.tasks.key)
        self.events = record_ids("events", chance, "event", work.meetings.key)
        self.copies = record_ids("events", chance, "event copy", work.meetings.key)
        self.owners = record_ids("users", chance, "user", np.arange(len(SALES)))

    def who(self, company: Company, work: Enterprise) -> Array:
        """Return whom each task is with: converting a lead hands its activities to the contact."""
        tasks, now = work.tasks, company.world.now
        converted = np.append(work.leads.converted, 0)[tasks.lead] < now
        contact = np.append(self.contacts, "")[tasks.contact]
        lead = np.append(self.leads, "")[tasks.lead]
        return np.where(converted & (tasks.contact >= 0), contact, lead)


def objects(
    company: Company,
    ids: Array,
    created_ms: Array,
    changes: Sequence[Array],
    deleted: Array,
    properties: list[dict[str, Any]],
    merged: Array | None = None,
) -> tables.Columns:
    """Return a table: what is there by now, without what was purged from the recycle bin."""
    now, now_ms = company.world.now, company.world.now_ms
    gone = deleted if merged is None else np.minimum(deleted, merged)
    updated = created_ms
    for change in (*changes, gone):
        moments = np.where(change >= NEVER, NEVER, np.minimum(change, NEVER // 2000) * 1000)
        updated = np.where(moments < now_ms, np.maximum(updated, moments), updated)
    kept = (created_ms < now_ms) & (deleted + BIN_SECONDS >= now)
    return {
        "id": ids[kept],
        "created_ms": created_ms[kept],
        "updated_ms": updated[kept],
        "is_deleted": (gone < now)[kept],
        "properties_json": [
            tables.as_json(row)
            for row, is_kept in zip(properties, kept.tolist(), strict=True)
            if is_kept
        ],
    }


def day_of(moment: int) -> str:
    """Return the day of a moment, as a date field shows it."""
    return str(np.datetime64(moment, "s").astype("datetime64[D]"))


def _text(value: object) -> str | None:
    return str(value) or None


def user_table(company: Company, ids: Ids) -> tables.Columns:
    """Return the sellers as users of the org; the last of them has left and is inactive."""
    begin = company.world.begin
    left = np.array([begin + 60 * DAY if name == SALES[-1] else NEVER for name in SALES])
    properties = [
        {
            "FirstName": name.split()[0],
            "LastName": name.split()[1],
            "Name": name,
            "Username": f"{names.plain(name)}@{names.INTERNAL_DOMAIN}.crm",
            "Email": f"{names.plain(name)}@{names.INTERNAL_DOMAIN}",
            "MobilePhone": f"+4940555{number:04}",
            "IsActive": bool(left[number] >= company.world.now),
        }
        for number, name in enumerate(SALES)
    ]
    begun = np.full(len(SALES), (begin - 200 * DAY) * 1000)
    return objects(company, ids.owners, begun, [left], np.full(len(SALES), NEVER), properties)


def account_table(company: Company, work: Enterprise, ids: Ids) -> tables.Columns:
    """Return the accounts, second records of the same company included."""
    people, firms, now = company.people, work.firms, company.world.now
    twins = np.flatnonzero(firms.twin_created < now)
    rows = np.r_[np.arange(len(firms.account)), twins]
    is_twin = np.arange(len(rows)) >= len(firms.account)
    knows = company.chance.uniform("salesforce knows account", firms.account) < 0.6
    properties = []
    for row, second in zip(rows.tolist(), is_twin.tolist(), strict=True):
        a = firms.account[row]
        country = names.COUNTRIES[people.country[people.founder[a]]]
        merged = second and firms.merged[row] < now
        properties.append(
            {
                "Name": str(people.account_name[a]),
                "Website": None if second else f"https://www.{people.account_domain[a]}/",
                "Industry": names.INDUSTRIES[a % len(names.INDUSTRIES)].capitalize(),
                "NumberOfEmployees": int((0, 60, 420)[people.size[a]] + a % 37),
                "BillingCity": country.cities[0],
                "BillingCountry": country.name,
                "Type": "Customer" if company.accounts.first_payment[a] < now else "Prospect",
                "CurrencyIsoCode": "CHF" if country.code == "CH" else "EUR",
                "MasterRecordId": str(ids.accounts[row]) if merged else None,
                "OwnerId": str(ids.owners[a % len(SALES)]),
                "Nordlicht_Account_Id__c": str(company.accounts.ids[a])
                if knows[row] and not second
                else None,
            }
        )
    never = np.full(len(rows), NEVER)
    return objects(
        company,
        np.where(is_twin, ids.twin_accounts[rows], ids.accounts[rows]),
        np.where(is_twin, firms.twin_created[rows], firms.opened[rows]) * 1000,
        [company.accounts.first_payment[firms.account[rows]], firms.merged[rows]],
        never,
        properties,
        np.where(is_twin, firms.merged[rows], NEVER),
    )


def contact_table(company: Company, work: Enterprise, ids: Ids) -> tables.Columns:
    """Return the contacts, second records of the same person included."""
    people, contacts, now = company.people, work.contacts, company.world.now
    properties = []
    for row, (who, firm) in enumerate(
        zip(contacts.person.tolist(), contacts.firm.tolist(), strict=True)
    ):
        country = names.COUNTRIES[people.country[who]]
        is_gone = contacts.merged[row] < now
        properties.append(
            {
                **_called(company, who),
                "AccountId": str(ids.accounts[firm]),
                "Email": str(contacts.email[row]),
                "MobilePhone": _text(contacts.phone[row]),
                "Title": ("Head of Marketing", "CEO", "Customer Experience Manager")[who % 3],
                "MailingCity": country.cities[who % len(country.cities)],
                "MailingCountry": country.name,
                "HasOptedOutOfEmail": who % 11 == 0,
                "LeadSource": "Web",
                "MasterRecordId": str(ids.winners[row]) if is_gone else None,
                "OwnerId": str(ids.owners[firm % len(SALES)]),
                "Nordlicht_User_Id__c": _text(contacts.user_id[row]),
            }
        )
    count = len(contacts.person)
    won = np.full(count, NEVER)
    np.minimum.at(won, contacts.first[contacts.is_twin], contacts.merged[contacts.is_twin])
    return objects(
        company, ids.contacts, contacts.created * 1000, [won], np.full(count, NEVER), properties,
        contacts.merged,
    )  # fmt: skip


def _called(company: Company, who: int) -> dict[str, str]:
    first, last = str(company.people.first_name[who]), str(company.people.last_name[who])
    return {"FirstName": first, "LastName": last, "Name": f"{first} {last}"}


def lead_table(company: Company, work: Enterprise, ids: Ids) -> tables.Columns:
    """Return the leads; a converted one names what became of it."""
    people, leads, now = company.people, work.leads, company.world.now
    contact_of = dict(
        zip(work.contacts.person[~work.contacts.is_twin].tolist(), ids.contacts.tolist(),
            strict=False)
    )  # fmt: skip
    first = work.opportunities.is_first
    deal_of = dict(
        zip(work.opportunities.firm[first].tolist(), ids.opportunities[first].tolist(), strict=True)
    )
    properties = []
    for row, (who, firm) in enumerate(zip(leads.person.tolist(), leads.firm.tolist(), strict=True)):
        is_converted = leads.converted[row] < now
        account = people.account[who]
        properties.append(
            {
                **_called(company, who),
                "Company": str(people.account_name[account]) if account >= 0 else "[not provided]",
                "Email": str(leads.email[row]),
                "MobilePhone": _text(leads.phone[row]),
                "Status": "Closed - Converted"
                if is_converted
                else ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")[
                    who % 3
                ],
                "LeadSource": "Web",
                "IsConverted": bool(is_converted),
                "ConvertedDate": day_of(int(leads.converted[row])) if is_converted else None,
                "ConvertedContactId": contact_of[who] if is_converted else None,
                "ConvertedAccountId": str(ids.accounts[firm]) if is_converted else None,
                "ConvertedOpportunityId": deal_of[firm] if is_converted else None,
                "HasOptedOutOfEmail": False,
                "MasterRecordId": None,
                "OwnerId": str(ids.owners[who % len(SALES)]),
            }
        )
    return objects(
        company, ids.leads, leads.created * 1000, [leads.converted], leads.deleted, properties
    )


def opportunity_table(company: Company, work: Enterprise, ids: Ids) -> tables.Columns:
    """Return the opportunities; the closing date of an open one is a forecast."""
    people, deals, firms = company.people, work.opportunities, work.firms
    properties = []
    for row, firm in enumerate(deals.firm.tolist()):
        a = firms.account[firm]
        is_closed = deals.closes[row] < NEVER
        closes = int(deals.closes[row]) if is_closed else int(deals.created[row]) + 90 * DAY
        is_won = bool(deals.is_won[row])
        stage = ("Closed Won" if is_won else "Closed Lost") if is_closed else "Proposal/Price Quote"
        country = names.COUNTRIES[people.country[people.founder[a]]]
        properties.append(
            {
                "Name": f"{people.account_name[a]}: "
                + ("Enterprise" if deals.is_first[row] else "more locations"),
                "AccountId": str(ids.accounts[firm]),
                "StageName": stage,
                "Amount": float(deals.amount[row]),
                "CurrencyIsoCode": "CHF" if country.code == "CH" else "EUR",
                "CloseDate": day_of(closes),
                "IsClosed": bool(is_closed),
                "IsWon": is_won,
                "Probability": 100.0 if is_won else 0.0 if is_closed else 60.0,
                "Type": "New Business" if deals.is_first[row] else "Existing Business",
                "OwnerId": str(ids.owners[firm % len(SALES)]),
            }
        )
    return objects(
        company,
        ids.opportunities,
        deals.created * 1000,
        [deals.closes],
        deals.deleted,
        properties,
    )


def case_table(
    company: Company, work: Enterprise, ids: Ids, origins: Sequence[str]
) -> tables.Columns:
    """Return the cases."""
    cases, contacts = work.cases, work.contacts
    person = contacts.person[cases.contact]
    spoken, topic = company.people.language[person], topic_of(company.chance, cases.key)
    closed = tables.iso(np.where(cases.closed_ms < NEVER, cases.closed_ms, 0)).tolist()
    properties = []
    for row, contact in enumerate(cases.contact.tolist()):
        is_closed = bool(cases.closed_ms[row] < NEVER)
        words = phrases.TOPICS[topic[row]]
        properties.append(
            {
                "CaseNumber": f"{int(cases.key[row]) % 10**8:08}",
                "ContactId": str(ids.contacts[contact]),
                "AccountId": str(ids.accounts[contacts.firm[contact]]),
                "Origin": origins[cases.origin[row]],
                "Status": "Closed" if is_closed else "Working",
                "Priority": "Medium",
                "Subject": words.subject[spoken[row]],
                "Description": words.question[spoken[row]],
                "IsClosed": is_closed,
                "ClosedDate": closed[row] if is_closed else None,
                "MasterRecordId": None,
                "OwnerId": str(ids.owners[person[row] % len(SALES)]),
            }
        )
    closes = np.where(cases.closed_ms < NEVER, cases.closed_ms // 1000, NEVER)
    return objects(company, ids.cases, cases.created_ms, [closes], cases.deleted, properties)
