"""The CRM's records in HubSpot's own form: every property as text, associations both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import names, phrases, support, tables
from ingestion.sandbox.company.crm import SALES
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.support import CHAT, EMAIL, FORM, PHONE
from ingestion.sandbox.vendors.tawk.chats import topic_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.crm import Companies, Contacts, Deals, Tickets
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People

_SOURCES = {CHAT: "CHAT", EMAIL: "EMAIL", PHONE: "PHONE", FORM: "FORM"}
_STAGES = {"new": "1", "waiting": "2", "closed": "4"}
# HubSpot's own numbers of each kind of association, there and back
_TYPES = {
    ("contacts", "companies"): (279, 280),
    ("deals", "companies"): (341, 342),
    ("deals", "contacts"): (3, 4),
    ("tickets", "contacts"): (16, 15),
    ("tickets", "companies"): (339, 340),
}


def _objects(
    world: World,
    ids: Array,
    created_ms: Array,
    changes_ms: Sequence[Array],
    archived: Array,
    properties: list[dict[str, Any]],
    modified: str = "hs_lastmodifieddate",
) -> tables.Columns:
    updated = created_ms
    for change in changes_ms:
        updated = np.where(change < world.now_ms, np.maximum(updated, change), updated)
    gone = archived * 1000
    updated = np.where(gone < world.now_ms, np.maximum(updated, gone), updated)
    made, changed = tables.iso(created_ms).tolist(), tables.iso(updated).tolist()
    return {
        "id": ids,
        "created_ms": created_ms,
        "updated_ms": updated,
        "archived_ms": tables.until(np.where(archived >= NEVER, NEVER, gone), world.now_ms),
        "properties_json": [
            tables.as_json(
                {
                    **{name: value for name, value in row.items() if value != ""},
                    "hs_object_id": number,
                    "createdate": begun,
                    modified: at,
                }
            )
            for row, number, begun, at in zip(properties, ids.tolist(), made, changed, strict=True)
        ],
    }


def contact_table(
    world: World,
    people: People,
    contacts: Contacts,
    stage: Array,
    stage_since: Array,
    owner_ids: Array,
    chance: Chance,
) -> tables.Columns:
    """Return the contacts that are listed now."""
    rows = contacts.at(world.now)
    person = contacts.person[rows]
    has_merged = (contacts.twin[rows] >= 0) & (contacts.merged[rows] < world.now)
    owner = chance.below("contact owner", len(SALES), person)
    spelled = chance.below("phone spelled", 3, person)
    properties = []
    for row, who, merged, keeper, style in zip(
        rows.tolist(), person.tolist(), has_merged.tolist(), owner.tolist(), spelled.tolist(),
        strict=True,
    ):  # fmt: skip
        known = names.COUNTRIES[people.country[who]]
        account = people.account[who]
        others = [str(contacts.second_email[row])] if contacts.second_email[row] else []
        entry: dict[str, Any] = {
            "email": str(contacts.email[row]),
            "firstname": str(people.first_name[who]),
            "lastname": str(people.last_name[who]),
            "phone": _phone(str(contacts.phone[row]), style),
            "company": str(people.account_name[account]) if account >= 0 else "",
            "country": known.name,
            "lifecyclestage": str(stage[who]),
            "nordlicht_user_id": str(contacts.user_id[row]),
            "hubspot_owner_id": str(owner_ids[keeper]),
        }
        if merged:
            twin = contacts.twin[row]
            moment = int(contacts.merged[row]) * 1000
            others += [address for address in [str(contacts.email[twin])] if address not in others]
            entry["hs_merged_object_ids"] = str(contacts.ids[twin])
            entry["hs_calculated_merged_vids"] = f"{contacts.ids[twin]}:{moment}"
        entry["hs_additional_emails"] = ";".join(others)
        properties.append(entry)
    changes = [
        np.where(contacts.is_twin[rows], 0, stage_since[person] * 1000),
        np.where(has_merged, contacts.merged[rows] * 1000, 0),
    ]
    return _objects(
        world,
        contacts.ids[rows],
        contacts.created[rows] * 1000,
        changes,
        contacts.archived[rows],
        properties,
        "lastmodifieddate",
    )


def _phone(number: str, style: int) -> str:
    # always with the country's code, but not always in one piece
    if not number or style == 0:
        return number
    grouped = f"{number[:3]} {number[3:6]} {number[6:]}"
    return grouped if style == 1 else "00" + grouped[1:]


def company_table(
    world: World,
    people: People,
    accounts: Accounts,
    companies: Companies,
    chance: Chance,
) -> tables.Columns:
    """Return the companies that are listed now."""
    first = np.flatnonzero(companies.created < world.now)
    twin = np.flatnonzero((companies.twin_created < world.now) & (world.now <= companies.merged))
    account = np.r_[first, twin]
    is_twin = np.arange(len(account)) >= len(first)
    staff = np.array([6, 45, 400])[people.size[account]]
    staff = staff + chance.below("employees", 30, account)
    industry = chance.below("industry", len(names.INDUSTRIES), account)
    properties = []
    for row, (a, second) in enumerate(zip(account.tolist(), is_twin.tolist(), strict=True)):
        known = names.COUNTRIES[people.country[people.founder[a]]]
        # nobody tends the twin: it stays what it was when it was made
        as_of = companies.twin_created[a] if second else world.now
        entry: dict[str, Any] = {
            "name": str(people.account_name[a]),
            "domain": str(people.account_domain[a]),
            "country": known.name,
            "city": known.cities[0],
            "industry": names.INDUSTRIES[industry[row]],
            "numberofemployees": str(staff[row]),
            "lifecyclestage": "customer" if accounts.first_payment[a] < as_of else "lead",
        }
        if companies.knows_account[a] and not second:
            entry["nordlicht_account_id"] = str(accounts.ids[a])
        if companies.merged[a] < world.now:
            entry["hs_merged_object_ids"] = str(companies.twin_ids[a])
        properties.append(entry)
    return _objects(
        world,
        np.where(is_twin, companies.twin_ids[account], companies.ids[account]),
        np.where(is_twin, companies.twin_created[account], companies.created[account]) * 1000,
        [
            np.where(is_twin, 0, _ms(accounts.first_payment[account])),
            np.where(is_twin, 0, _ms(companies.merged[account])),
        ],
        np.full(len(account), NEVER),
        properties,
    )


def _ms(moments: Array) -> Array:
    return np.where(moments >= NEVER, NEVER, moments * 1000)


def deal_table(
    world: World, people: People, deals: Deals, owner_ids: Array, chance: Chance
) -> tables.Columns:
    """Return the deals."""
    is_closed = deals.closed < NEVER
    forecast = deals.created + 45 * DAY
    closes = tables.iso(np.where(is_closed, deals.closed, forecast) * 1000).tolist()
    owner = chance.below("deal owner", len(SALES), deals.account)
    properties = [
        {
            "dealname": f"{people.account_name[account]}: Nordlicht",
            "amount": f"{deals.amount[row]:.2f}",
            "deal_currency_code": "EUR",
            "pipeline": "default",
            "dealstage": ("closedwon" if deals.is_won[row] else "closedlost")
            if is_closed[row]
            else "presentationscheduled",
            "closedate": closes[row],
            "hs_is_closed": "true" if is_closed[row] else "false",
            "hs_is_closed_won": "true" if deals.is_won[row] else "false",
            "dealtype": "newbusiness",
            "hubspot_owner_id": str(owner_ids[owner[row]]),
        }
        for row, account in enumerate(deals.account.tolist())
    ]
    return _objects(
        world, deals.ids, deals.created * 1000, [_ms(deals.closed)], deals.archived, properties
    )


def ticket_table(
    world: World, people: People, tickets: Tickets, owner_ids: Array, chance: Chance
) -> tables.Columns:
    """Return the tickets."""
    talks = tickets.talks
    spoken = people.language[talks.person]
    topic = topic_of(chance, talks.key)
    agent = support.agent_of(chance, talks.key)
    replied = tables.iso(np.where(tickets.replied_ms < NEVER, tickets.replied_ms, 0)).tolist()
    dated = tickets.closed_date_ms
    closed = tables.iso(np.where(dated < NEVER, dated, 0)).tolist()
    properties = []
    for row in range(len(talks.key)):
        is_replied, is_closed = tickets.replied_ms[row] < NEVER, tickets.closed_ms[row] < NEVER
        words = phrases.TOPICS[topic[row]]
        stage = "closed" if is_closed else "waiting" if is_replied else "new"
        properties.append(
            {
                "subject": words.subject[spoken[row]],
                "content": words.question[spoken[row]],
                "source_type": _SOURCES[int(talks.way[row])],
                "hs_pipeline": "0",
                "hs_pipeline_stage": _STAGES[stage],
                "hs_ticket_priority": "MEDIUM",
                "first_agent_reply_date": replied[row] if is_replied else "",
                "closed_date": closed[row] if dated[row] < NEVER else "",
                "hubspot_owner_id": str(owner_ids[len(SALES) + agent[row]]),
            }
        )
    return _objects(
        world,
        tickets.ids,
        tickets.created_ms,
        [tickets.replied_ms, dated, tickets.reopened_ms],
        tickets.archived,
        properties,
    )


def merge_table(world: World, contacts: Contacts, companies: Companies) -> tables.Columns:
    """Return which records went into which others."""
    rows = np.flatnonzero((contacts.twin >= 0) & (contacts.merged < world.now))
    a = np.flatnonzero(companies.merged < world.now)
    return {
        "object_type": ["contacts"] * len(rows) + ["companies"] * len(a),
        "loser_id": np.r_[contacts.ids[contacts.twin[rows]], companies.twin_ids[a]],
        "winner_id": np.r_[contacts.ids[rows], companies.ids[a]],
        "merged_ms": np.r_[contacts.merged[rows], companies.merged[a]] * 1000,
    }


def owner_ids(chance: Chance) -> Array:
    """Return the ids of the sales people and the agents, in this order."""
    count = len(SALES) + len(names.AGENTS)
    return tables.numbers(chance, "owner", np.arange(count))


def owner_table(world: World, ids: Array, chance: Chance) -> tables.Columns:
    """Return the owners; the last of the sales people has left."""
    people = [*SALES, *names.AGENTS]
    begun = (world.begin - 200 * DAY) * 1000
    left = (world.begin + 60 * DAY) * 1000
    gone = [left if name == SALES[-1] and left < world.now_ms else int(NEVER) for name in people]
    return {
        "id": ids,
        "user_id": chance.below("owner user", 10**8, np.arange(len(people))),
        "email": [f"{names.plain(name)}@{names.INTERNAL_DOMAIN}" for name in people],
        "first_name": [name.split()[0] for name in people],
        "last_name": [name.split()[1] for name in people],
        "created_ms": [begun] * len(people),
        "updated_ms": [moment if moment < world.now_ms else begun for moment in gone],
        "archived_ms": tables.until(np.array(gone), world.now_ms),
    }


def association_table(
    world: World,
    people: People,
    contacts: Contacts,
    companies: Companies,
    deals: Deals,
    tickets: Tickets,
) -> tables.Columns:
    """Return who belongs to what, in both directions."""
    contact_of = np.full(people.count, -1)
    listed = contacts.at(world.now)
    first = listed[~contacts.is_twin[listed]]
    contact_of[contacts.person[first]] = first
    account = np.maximum(people.account, 0)
    company_since = companies.created[account] if len(companies.ids) else account + NEVER
    company_since = np.where(people.has_account, company_since, NEVER)
    parts = []

    def link(kinds: tuple[str, str], left: Array, right: Array, since: Array) -> None:
        known = since < world.now
        there, back = _TYPES[kinds]
        parts.append((kinds, left[known], right[known], since[known], there))
        parts.append((kinds[::-1], right[known], left[known], since[known], back))

    person = contacts.person[first]
    company_ids = companies.ids[account] if len(companies.ids) else np.full(people.count, "0")
    link(
        ("contacts", "companies"),
        contacts.ids[first],
        company_ids[person],
        np.maximum(contacts.created[first], company_since[person]),
    )
    link(
        ("deals", "companies"),
        deals.ids,
        companies.ids[deals.account],
        np.maximum(deals.created, companies.created[deals.account]),
    )
    founder = people.founder[deals.account]
    known = contact_of[founder] >= 0
    row = contact_of[founder][known]
    link(
        ("deals", "contacts"),
        deals.ids[known],
        contacts.ids[row],
        np.maximum(deals.created[known], contacts.created[row]),
    )
    person, created = tickets.talks.person, tickets.created_ms // 1000
    known = contact_of[person] >= 0
    row = contact_of[person][known]
    link(
        ("tickets", "contacts"),
        tickets.ids[known],
        contacts.ids[row],
        np.maximum(created[known], contacts.created[row]),
    )
    link(
        ("tickets", "companies"),
        tickets.ids,
        company_ids[person],
        np.maximum(created, company_since[person]),
    )
    sizes = [len(part[1]) for part in parts]
    return {
        "from_type": np.repeat([part[0][0] for part in parts], sizes),
        "from_id": np.concatenate([part[1] for part in parts]),
        "to_type": np.repeat([part[0][1] for part in parts], sizes),
        "to_id": np.concatenate([part[2] for part in parts]),
        "created_ms": np.concatenate([part[3] for part in parts]) * 1000,
        "category": np.full(sum(sizes), "HUBSPOT_DEFINED"),
        "type_id": np.repeat([part[4] for part in parts], sizes),
        "label": np.full(sum(sizes), None),
    }
