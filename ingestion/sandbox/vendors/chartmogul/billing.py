"""What ChartMogul knows: customers, subscriptions, movements and invoices of the accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import names, tables
from ingestion.sandbox.company.contracts import PLANS
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import TESTER

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.contracts import Contracts
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People

_DOUBLED = 0.02  # accounts that were put into billing twice, until the two are merged
_RECREATED = 0.015  # activities that get a new id when their invoice is edited
_KNOWS_COMPANY = 0.5
_EMAIL_WEIGHTS = [62.0, 28.0, 6.0, 2.0, 2.0]
_FOUNDER, _MAILBOX, _COLLEAGUE, _NOTHING, _JUNK = range(len(_EMAIL_WEIGHTS))


class Customers(NamedTuple):
    """Billing customers as they are now: one per account in trial or beyond, twins, tests."""

    account: Array  # -1 for tests
    tester: Array  # the person who made a test customer; -1 else
    external_id: Array
    uuid: Array
    email: Array  # "" for none
    created: Array
    twin_external_id: Array  # of a second record that was merged into this one; "" for none
    is_twin: Array  # a second record, not merged yet


def customers(world: World, people: People, accounts: Accounts, chance: Chance) -> Customers:
    """Return who is listed as a billing customer."""
    a = accounts.index
    begun = accounts.trial_started < world.now
    emails = _billing_emails(people, chance)
    doubled = begun & (chance.uniform("billed twice", a) < _DOUBLED)
    twin_id = tables.prefixed("acc_", chance, "billing twin", a)
    twin_made = accounts.trial_started + 2 * DAY
    merged = twin_made + ((4 + 40 * chance.uniform("twin merged", a)) * DAY).astype(np.int64)
    uuid = np.char.add("cus_", chance.hex("billing uuid", a).astype("U32"))
    twin_uuid = np.char.add("cus_", chance.hex("twin uuid", a).astype("U32"))
    testers = np.flatnonzero(people.kind == TESTER)
    tested = people.signed_up[testers] + 900
    tests_gone = tested + ((3 + 60 * chance.uniform("test deleted", testers)) * DAY).astype(int)
    testers_now = (tested < world.now) & (world.now <= tests_gone)
    testers, tested = testers[testers_now], tested[testers_now]
    first = np.flatnonzero(begun)
    second = np.flatnonzero(doubled & (twin_made < world.now) & (world.now <= merged))
    none = np.full(len(testers), "")
    return Customers(
        account=np.r_[first, second, np.full(len(testers), -1)],
        tester=np.r_[np.full(len(first) + len(second), -1), testers],
        external_id=np.r_[
            accounts.ids[first],
            twin_id[second],
            tables.prefixed("acc_", chance, "test account", testers),
        ],
        uuid=np.r_[
            uuid[first],
            twin_uuid[second],
            np.char.add("cus_", chance.hex("test uuid", testers).astype("U32"))
            if len(testers)
            else none,
        ],
        email=np.r_[emails[first], emails[second], people.email[testers]],
        created=np.r_[accounts.trial_started[first], twin_made[second], tested],
        twin_external_id=np.r_[
            np.where(doubled & (merged < world.now), twin_id, "")[first],
            np.full(len(second), ""),
            none,
        ],
        is_twin=np.r_[
            np.zeros(len(first), bool), np.ones(len(second), bool), np.zeros(len(testers), bool)
        ],
    )


def _billing_emails(people: People, chance: Chance) -> Array:
    a = np.arange(len(people.founder))
    way = chance.pick("billing email", _EMAIL_WEIGHTS, a)
    founder = people.email[people.founder]
    role = np.array(names.ROLE_MAILBOXES)[chance.below("role", len(names.ROLE_MAILBOXES), a)]
    mailbox = np.char.add(np.char.add(role, "@"), people.account_domain) if len(a) else founder
    mailbox = np.where(people.account_domain == "", founder, mailbox)
    shouted = np.char.upper(founder.astype("U1")) if len(a) else founder
    spelled = np.char.add(shouted, np.array([text[1:] for text in founder.tolist()], dtype="U80"))
    junk = np.array(names.JUNK_EMAILS)[chance.below("junk billing", len(names.JUNK_EMAILS), a)]
    return np.select(
        [way == _FOUNDER, way == _MAILBOX, way == _COLLEAGUE, way == _JUNK],
        [founder, mailbox, spelled if len(a) else founder, junk],
        "",
    )


def knows_company(account: Array, chance: Chance) -> Array:
    """Tell for which accounts billing carries the CRM company's id."""
    return chance.uniform("billing knows crm", account) < _KNOWS_COMPANY


def owners(listed: Customers, count: int) -> tuple[Array, Array]:
    """Return each account's main customer: its uuid and external id, "" for who has none."""
    uuid, external_id = np.full(count, "", dtype="U40"), np.full(count, "", dtype="U40")
    main = (listed.account >= 0) & ~listed.is_twin
    uuid[listed.account[main]] = listed.uuid[main]
    external_id[listed.account[main]] = listed.external_id[main]
    return uuid, external_id


def customer_table(
    world: World,
    people: People,
    accounts: Accounts,
    contracts: Contracts,
    listed: Customers,
    company_ids: Array,
    chance: Chance,
) -> tables.Columns:
    """Return the customers' table; `company_ids` are the CRM's, "" for none."""
    account, plain = np.maximum(listed.account, 0), (listed.account >= 0) & ~listed.is_twin
    person = np.where(
        listed.tester >= 0, listed.tester, people.founder[account] if accounts.count else 0
    )
    running = (contracts.from_s < world.now) & (contracts.to_s > world.now)
    mrr = np.zeros(max(accounts.count, 1), dtype=np.int64)
    np.add.at(mrr, contracts.account[running], contracts.mrr_cents[running])
    cents = np.where(plain, mrr[account], 0)
    paid = accounts.first_payment[account] if accounts.count else np.full(len(account), NEVER)
    since = np.where(plain, paid, NEVER)
    status = np.where(since >= world.now, "New Lead", np.where(cents > 0, "Active", "Cancelled"))
    linked = plain & (company_ids[account] != "") if accounts.count else plain
    linked &= knows_company(account, chance)
    name = np.where(
        listed.tester >= 0,
        "Testkunde",
        people.account_name[account] if accounts.count else "",
    )
    # a test customer has no website
    domain = np.where(
        (listed.tester < 0) & bool(accounts.count),
        people.account_domain[account] if accounts.count else "",
        "",
    )
    source = chance.uuid("data source", np.arange(1)).to_pylist()[0]
    custom, tags, ids, sources = [], [], [], []
    for row in range(len(account)):
        company = str(company_ids[account[row]]) if linked[row] else ""
        custom.append(tables.as_json({"hubspot_company_id": company} if company else {}))
        twin = str(listed.twin_external_id[row])
        tags.append('["merged-customer"]' if twin else "[]")
        ids.append(tables.as_json([str(listed.external_id[row]), *([twin] if twin else [])]))
        sources.append(tables.as_json([f"ds_{source}"] * (2 if twin else 1)))
    return {
        "uuid": listed.uuid,
        "id": chance.below("billing number", 10**9, account, listed.is_twin, listed.tester + 1),
        "external_id": listed.external_id,
        "external_ids_json": ids,
        "data_source_uuids_json": sources,
        "name": name,
        "email": tables.unless(listed.email == "", listed.email),
        "company": name,
        "country": np.array([known.code for known in names.COUNTRIES])[people.country[person]],
        "city": np.array([known.cities[0] for known in names.COUNTRIES])[people.country[person]],
        "zip": np.char.zfill(chance.below("zip", 90_000, person).astype("U5"), 5),
        "website_url": tables.unless(domain == "", np.char.add("https://", domain)),
        "status": status,
        "created_ms": listed.created * 1000,
        "lead_created_s": np.where(plain, people.signed_up[person], listed.created),
        "free_trial_started_s": listed.created,
        "customer_since_s": tables.until(since, world.now),
        "mrr_cents": cents,
        "custom_json": custom,
        "tags_json": tags,
    }


def plan_table(world: World, chance: Chance) -> tables.Columns:
    """Return the tariffs."""
    rows = len(PLANS)
    return {
        "uuid": plan_uuids(chance),
        "external_id": [plan.key for plan in PLANS],
        "name": [plan.name for plan in PLANS],
        "interval_unit": [plan.unit for plan in PLANS],
        "interval_count": [1] * rows,
        "created_ms": [(world.begin - 400 * DAY) * 1000] * rows,
    }


def plan_uuids(chance: Chance) -> Array:
    """Return the vendor's ids of the tariffs."""
    return np.char.add("pl_", chance.hex("plan", np.arange(len(PLANS))).astype("U32"))


def subscription_ids(chance: Chance, account: Array, run: Array) -> tuple[Array, Array]:
    """Return the vendor's and the product's ids of subscriptions."""
    if not len(account):
        return np.empty(0, dtype="U36"), np.empty(0, dtype="U18")
    uuid = np.char.add("sub_", chance.hex("subscription", account, run).astype("U32"))
    return uuid, tables.prefixed("s_", chance, "product subscription", account, run, chars=16)


def contract_table(
    world: World, people: People, contracts: Contracts, uuid: Array, chance: Chance
) -> tables.Columns:
    """Return what was agreed; `uuid` are the accounts' customers."""
    now = contracts.from_s < world.now
    account, plan = contracts.account[now], contracts.plan[now]
    country = people.country[people.founder[account]] if len(account) else account
    return {
        "subscription_uuid": subscription_ids(chance, account, contracts.run[now])[0],
        "customer_uuid": uuid[account],
        "plan_uuid": plan_uuids(chance)[plan],
        "plan_external_id": np.array([known.key for known in PLANS])[plan],
        "country": np.array([known.code for known in names.COUNTRIES])[country],
        "quantity": contracts.quantity[now],
        "from_s": contracts.from_s[now],
        "to_s": np.ma.masked_array(contracts.to_s[now], mask=contracts.to_s[now] >= NEVER),
        "mrr_cents": contracts.mrr_cents[now],
    }


def subscription_table(
    world: World, contracts: Contracts, uuid: Array, chance: Chance
) -> tables.Columns:
    """Return the subscriptions as they are now."""
    first, last = contracts.ends()
    account, plan = contracts.account[last], contracts.plan[last]
    sub_uuid, external_id = subscription_ids(chance, account, contracts.run[last])
    end = contracts.to_s[last]
    active = end > world.now
    return {
        "uuid": sub_uuid,
        "id": chance.below("subscription number", 10**9, account, contracts.run[last]),
        "external_id": external_id,
        "customer_uuid": uuid[account],
        "plan_uuid": plan_uuids(chance)[plan],
        "plan_name": np.array([known.name for known in PLANS])[plan],
        "quantity": contracts.quantity[last],
        "mrr_cents": np.where(active, contracts.mrr_cents[last], 0),
        "status": np.where(active, "active", "inactive"),
        "start_s": contracts.from_s[first],
        "end_s": np.ma.masked_array(end, mask=end >= NEVER),
        "billing_cycle": np.array([known.unit for known in PLANS])[plan],
        "billing_cycle_count": np.ones(len(account), dtype=np.int64),
    }


def activity_table(
    world: World,
    people: People,
    contracts: Contracts,
    uuid: Array,
    external_id: Array,
    chance: Chance,
) -> tables.Columns:
    """Return the movements that follow from how each contract goes on."""
    rows, goes_on = np.arange(len(contracts.account)), contracts.goes_on()
    follows = np.r_[False, goes_on[:-1]][: len(rows)]
    before = np.where(follows, contracts.mrr_cents[rows - 1], 0) if len(rows) else rows
    after = contracts.mrr_cents
    begun = contracts.from_s < world.now
    opening = np.where(contracts.run == 0, "new_biz", "reactivation")
    change = np.where(after > before, "expansion", "contraction")
    ends = ~goes_on & (contracts.to_s < NEVER) & (contracts.decided_s < world.now)
    row = np.r_[rows[begun], rows[ends]]
    is_end = np.r_[np.zeros(begun.sum(), bool), np.ones(ends.sum(), bool)]
    date = np.where(is_end, contracts.to_s[row], contracts.from_s[row])
    kind = np.where(is_end, "churn", np.where(follows, change, opening)[row])
    account, plan = contracts.account[row], contracts.plan[row]
    index = (account, contracts.from_s[row], is_end.astype(np.int64))
    edited = date + ((2 + 50 * chance.uniform("edited after", *index)) * DAY).astype(np.int64)
    edited = np.where(chance.uniform("edited", *index) < _RECREATED, edited, NEVER)
    again = edited < world.now
    known_since = np.where(again, edited, np.where(is_end, contracts.decided_s[row], date))
    name = people.account_name[account]
    plan_name = np.array([known.name for known in PLANS])[plan]
    words = np.char.add(np.where(is_end, "cancelled the ", "has the "), plan_name)
    return {
        "uuid": chance.uuid("activity", *index, again.astype(np.int64)),
        "date_s": date,
        "created_ms": known_since * 1000,
        "type": kind,
        "movement_cents": np.where(is_end, -after[row], (after - before)[row]),
        "mrr_after_cents": np.where(is_end, 0, after[row]),
        "description": np.char.add(words, " subscription"),
        "customer_uuid": uuid[account],
        "customer_external_id": external_id[account],
        "customer_name": name,
        "subscription_external_id": subscription_ids(chance, account, contracts.run[row])[1],
        "plan_external_id": np.array([known.key for known in PLANS])[plan],
    }
