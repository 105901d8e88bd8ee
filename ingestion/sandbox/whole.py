"""The whole company at a moment: everything simulated in order of cause, then laid out as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox import vendors
from ingestion.sandbox.company import (
    accounts,
    acts,
    contracts,
    crm,
    persons,
    support,
    tables,
    visits,
)
from ingestion.sandbox.company.draws import NEVER, Chance
from ingestion.sandbox.vendors.chartmogul import billing, invoices
from ingestion.sandbox.vendors.hubspot import records
from ingestion.sandbox.vendors.mixpanel import events, profiles
from ingestion.sandbox.vendors.tawk import chats, hooks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array


@dataclass
class Company:
    """What has happened until the world's now."""

    world: World
    chance: Chance
    people: persons.People
    accounts: accounts.Accounts
    median_response: Array
    contracts: contracts.Contracts
    talks: support.Conversations
    visits: visits.Visits
    links: events.Links
    chats: chats.Chats
    offline: hooks.OfflineTickets
    contacts: crm.Contacts
    companies: crm.Companies
    deals: crm.Deals
    tickets: crm.Tickets
    customers: billing.Customers
    seen: events.Seen  # filled while the events are written


def simulate(world: World) -> Company:
    """Let the company live from its first day to its now."""
    chance = Chance(world.seed)
    people = persons.simulate(world, chance)
    firms = accounts.simulate(people, chance)
    wishes = support.simulate(world, people, firms, chance)
    median = support.median_response(people, firms, wishes)
    agreed = contracts.simulate(world, people, firms, median, chance)
    leaves = visits.active_until(people, firms, agreed, chance)
    talks = wishes.where(
        (wishes.asked < leaves[wishes.person])
        & ~visits.is_away(people, agreed, wishes.person, wishes.asked)
    )
    visited = visits.simulate(world, people, firms, agreed, chance)
    turned = np.full((people.count, 4), NEVER)
    if firms.count:
        known = contracts.turns(world, firms, agreed)[np.maximum(people.account, 0)]
        turned = np.where(people.has_account[:, None], known, NEVER)
    offers = support.offers(world, people, visited, chance)
    chatted = chats.simulate(world, people, talks, offers, chance)
    ends = np.full(len(talks.key), NEVER)
    ends[talks.way == support.CHAT] = chatted.over_ms[~chatted.talks.is_offered]
    company = Company(
        world=world,
        chance=chance,
        people=people,
        accounts=firms,
        median_response=median,
        contracts=agreed,
        talks=talks,
        visits=visited,
        links=events.links(world, people, visited, chance),
        chats=chatted,
        offline=hooks.offline_tickets(world, talks, chance),
        contacts=crm.contacts(world, people, talks, chance),
        companies=crm.companies(firms, chance),
        deals=crm.deals(world, people, firms, chance),
        tickets=crm.tickets(world, talks, ends, chance),
        customers=billing.customers(world, people, firms, chance),
        seen=events.Seen(people.count, turned),
    )
    company.seen = events.Seen(people.count, np.c_[turned, _bought(company)])
    return company


def _bought(company: Company) -> Array:
    """Return when each person first bought something themselves, outside of the product."""
    first = np.full(company.people.count, NEVER)
    for system in vendors.systems():
        for _, _, person, moment, act in getattr(system, "touches", lambda _: ())(company):
            if act == acts.BUY:
                np.minimum.at(first, person, moment)
    return first


def write(folder: Path, company: Company) -> list[str]:
    """Write every vendor's tables, the largest month by month, and the files some hand over.

    Returns:
        The paths of the files that are no tables.
    """
    world, chance, people = company.world, company.chance, company.people
    handed: list[str] = []
    types = vendors.tables()
    for month in world.calendar():
        columns = events.month(
            world,
            people,
            company.accounts,
            company.visits,
            company.links,
            month,
            company.seen,
            chance,
        )
        path = folder / f"mixpanel/events-{month.name}.parquet"
        tables.write(path, columns, types["mixpanel/events"])
    for name, columns in _tables(company):
        tables.write(folder / f"{name}.parquet", columns, types[name])
    for system in vendors.systems():
        for name, columns in system.tables(company):
            tables.write(folder / f"{name}.parquet", columns, types[name])
        if hasattr(system, "files"):
            for path, content in system.files(company, folder):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
                handed.append(path)
    return handed


def _tables(company: Company) -> Iterator[tuple[str, tables.Columns]]:
    world, chance, people = company.world, company.chance, company.people
    firms, agreed = company.accounts, company.contracts
    stage, since = crm.lifecycle(world, people, firms, agreed)
    yield (
        "mixpanel/profiles",
        profiles.table(world, people, company.links, stage, since, chance),
    )
    yield from _billing_tables(company)
    yield from chats.chat_tables(people, company.chats, chance).items()
    yield "tawk/tickets", hooks.ticket_table(people, company.offline, chance)
    yield "tawk/webhooks", hooks.webhook_table(world, company.chats, company.offline, chance)
    owners = records.owner_ids(chance)
    yield (
        "hubspot/contacts",
        records.contact_table(world, people, company.contacts, stage, since, owners, chance),
    )
    yield (
        "hubspot/companies",
        records.company_table(world, people, firms, company.companies, chance),
    )
    yield "hubspot/deals", records.deal_table(world, people, company.deals, owners, chance)
    yield (
        "hubspot/tickets",
        records.ticket_table(world, people, company.tickets, owners, chance),
    )
    yield "hubspot/merges", records.merge_table(world, company.contacts, company.companies)
    yield "hubspot/owners", records.owner_table(world, owners, chance)
    yield (
        "hubspot/associations",
        records.association_table(
            world,
            people,
            company.contacts,
            company.companies,
            company.deals,
            company.tickets,
        ),
    )


def _billing_tables(company: Company) -> Iterator[tuple[str, tables.Columns]]:
    world, chance, people = company.world, company.chance, company.people
    firms, agreed, listed = company.accounts, company.contracts, company.customers
    uuid, external_id = billing.owners(listed, firms.count)
    crm_ids = np.where(company.companies.created < world.now, company.companies.ids, "")
    yield "chartmogul/plans", billing.plan_table(world, chance)
    yield (
        "chartmogul/customers",
        billing.customer_table(world, people, firms, agreed, listed, crm_ids, chance),
    )
    yield (
        "chartmogul/subscriptions",
        billing.subscription_table(world, agreed, uuid, chance),
    )
    yield "chartmogul/contracts", billing.contract_table(world, people, agreed, uuid, chance)
    yield (
        "chartmogul/activities",
        billing.activity_table(world, people, agreed, uuid, external_id, chance),
    )
    written = invoices.simulate(world, agreed, chance)
    yield from invoices.all_tables(world, people, written, uuid, chance).items()
