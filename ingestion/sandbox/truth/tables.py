"""The truth about a world, for tests and benchmarks alone: who is who, what happened and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ingestion.sandbox.company import notes, tables, visits
from ingestion.sandbox.company.contracts import (
    BASE_BY_SIZE,
    BY_CHANNEL,
    BY_RESPONSE,
    ONBOARDING_BOOKED,
    SLOW_PAGES,
)
from ingestion.sandbox.company.names import JUNK_EMAILS, JUNK_IDS
from ingestion.sandbox.company.persons import CHANNELS, COLLEAGUE, FOUNDER, KINDS, SIZES
from ingestion.sandbox.truth import identity, journeys as truth_journeys, phases as truth_phases
from ingestion.sandbox.truth.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.truth.identity import Identifiers
    from ingestion.sandbox.whole import Company

_STRATA = ("shared_device", "merged_crm", "second_email", "multi_device", "plain")


def write(folder: Path, company: Company) -> None:
    """Write the truth tables; the events have been written before."""
    found = identity.identify(company)
    accounts = truth_journeys.accounts_of(company, found)
    talks = truth_journeys.conversations(company, found)
    journeys = truth_journeys.journeys(company, found, accounts, talks)
    begun = ~talks["is_deleted"] & talks["is_begun_by_customer"]
    phases = truth_phases.phases(
        company,
        found,
        accounts,
        talks["component_id"][begun],
        talks["first_customer_message_s"].data[begun],
    )
    persons = _persons(company, found)
    names = identity.component_names
    for table in (talks, journeys, phases):
        component = table["component_id"]
        table["component_id"] = names(company, found, component)
        table["account_id"] = _account_ids(company, accounts, component)
    mrr = _mrr(company)
    written = {
        "truth_persons": persons,
        "truth_identifiers": _identifiers(company, found),
        "truth_links": _links(company, found),
        "truth_accounts": _accounts(company),
        "truth_conversations": talks,
        "truth_journeys": journeys,
        "truth_phases": phases,
        "truth_mrr": mrr,
        "truth_effects": _effects(),
    }
    totals = {name.removeprefix("truth_"): len(_first(table)) for name, table in written.items()}
    totals |= {
        "identified_persons": int(np.sum(persons["is_identified"])),
        "paying_accounts": int((company.accounts.first_payment < company.world.now).sum()),
        "events": company.seen.events,
    }
    written["truth_totals"] = {
        "name": list(totals),
        "value": [float(value) for value in totals.values()],
    }
    for name, table in written.items():
        tables.write(folder / f"{name}.parquet", table, TABLES[name])


def _first(table: tables.Columns) -> Any:
    return next(iter(table.values()))


def _account_ids(company: Company, accounts: Array, component: Array) -> Array:
    if not company.accounts.count or not len(component):
        return np.full(len(component), None)
    account = np.where(component >= 0, accounts[np.maximum(component, 0)], -1)
    return tables.unless(account < 0, company.accounts.ids[account])


def _persons(company: Company, found: Identifiers) -> tables.Columns:
    people, now, visited = company.people, company.world.now, company.visits
    seen = visited.time * 1000 + visited.delay_ms < company.world.now_ms
    seen &= (visited.slot <= visits.SHARED_SLOT) & ~visited.has_junk_device
    pairs = np.unique(visited.person[seen] * 8 + visited.slot[seen])
    devices = np.bincount(pairs // 8, minlength=people.count)
    shares = np.zeros(people.count, dtype=bool)
    shares[pairs[pairs % 8 == visits.SHARED_SLOT] // 8] = True
    contacts = company.contacts
    twice = (contacts.twin >= 0) & (contacts.merged < now)
    merged = np.zeros(people.count, dtype=bool)
    merged[contacts.person[twice]] = True
    emails: dict[str, set[int]] = {"second": set(), "typo": set()}
    listed = (found.kind == notes.EMAIL) & (found.person >= 0)
    for person, value in zip(
        found.person[listed].tolist(), found.value[listed].tolist(), strict=True
    ):
        if value == people.second_email[person]:
            emails["second"].add(person)
        elif value == people.typo_email[person]:
            emails["typo"].add(person)
    second, typo = (np.isin(people.index, sorted(emails[name])) for name in ("second", "typo"))
    stratum = np.select([shares, merged, second, devices >= 2], list(_STRATA[:-1]), _STRATA[-1])
    account = np.full(people.count, None)
    if company.accounts.count:
        account = tables.unless(~people.has_account, company.accounts.ids[people.account])
    kinds = np.array(KINDS, dtype=object)
    kinds[[FOUNDER, COLLEAGUE]] = "member"
    return {
        "person_id": people.ids,
        "kind": kinds[people.kind],
        "stratum": stratum,
        "is_identified": found.is_identified(people.count),
        "account_id": account,
        "device_count": devices,
        "has_shared_device": shares,
        "has_second_email": second,
        "has_merged_crm_record": merged,
        "has_typo": typo,
        "first_seen_s": people.arrived,
        "signed_up_s": tables.until(people.signed_up, now),
        "acquisition_channel": np.array(CHANNELS)[people.channel],
    }


def _identifiers(company: Company, found: Identifiers) -> tables.Columns:
    kinds = np.array(identity.KINDS, dtype=object)
    junk = [("email", "global", value) for value in JUNK_EMAILS]
    junk += [(kind, "mixpanel", value) for kind in ("device_id", "user_id") for value in JUNK_IDS]
    own, count = found.kind, len(junk)
    return {
        "identifier_type": np.r_[kinds[own, 0], [kind for kind, _, _ in junk]],
        "namespace": np.r_[kinds[own, 1], [name for _, name, _ in junk]],
        "value": np.r_[found.value.astype(object), [value for *_, value in junk]],
        "person_id": np.r_[company.people.ids.astype(object)[found.person], [None] * count],
        "component_id": np.r_[
            identity.component_names(company, found, found.component), [None] * count
        ],
        "is_shared": np.r_[found.is_shared, np.zeros(count, dtype=bool)],
        "is_junk": np.r_[np.zeros(len(own), dtype=bool), np.ones(count, dtype=bool)],
    }


def _links(company: Company, found: Identifiers) -> tables.Columns:
    kinds = np.array(identity.KINDS, dtype=object)
    columns: tables.Columns = {}
    for side, rows in (("left", found.left), ("right", found.right)):
        columns[f"{side}_type"] = kinds[found.kind[rows], 0]
        columns[f"{side}_namespace"] = kinds[found.kind[rows], 1]
        columns[f"{side}_value"] = found.value[rows]
    return columns | {
        "person_id": company.people.ids[found.person[found.left]],
        "source": found.source,
        "visible_ms": found.visible_ms,
    }


def _accounts(company: Company) -> tables.Columns:
    people, firms, now = company.people, company.accounts, company.world.now
    begun = np.flatnonzero(firms.signed_up < now)
    domain = people.account_domain[begun]
    crm = company.companies
    return {
        "account_id": firms.ids[begun],
        "name": people.account_name[begun],
        "domain": tables.unless(domain == "", domain),
        "crm_company_id": tables.unless(crm.created[begun] >= now, crm.ids[begun]),
        "company_size": np.array(SIZES)[people.size[begun]],
        "acquisition_channel": np.array(CHANNELS)[firms.channel[begun]],
        "signed_up_s": firms.signed_up[begun],
        "trial_started_s": tables.until(firms.trial_started[begun], now),
        "first_payment_s": tables.until(firms.first_payment[begun], now),
        "churned_s": tables.until(company.contracts.ended[begun], now),
        "onboarding_booked_s": tables.until(firms.onboarding_booked[begun], now),
        "median_first_response_s": np.ma.masked_invalid(company.median_response[begun]),
        "slow_page_share": firms.slow_share[begun],
        "monthly_churn_odds": company.contracts.odds[begun],
    }


def _mrr(company: Company) -> tables.Columns:
    agreed, world = company.contracts, company.world
    months, accounts, cents = [], [], []
    for month in world.calendar():
        end = min(month.end, world.now)
        paying = (agreed.from_s < end) & (agreed.to_s >= end)
        total = np.zeros(company.accounts.count, dtype=np.int64)
        np.add.at(total, agreed.account[paying], agreed.mrr_cents[paying])
        some = np.flatnonzero(total)
        months.append(np.full(len(some), month.name))
        accounts.append(company.accounts.ids[some])
        cents.append(total[some])
    return {
        "month": np.concatenate(months),
        "account_id": np.concatenate(accounts),
        "mrr_cents": np.concatenate(cents),
    }


def _effects() -> tables.Columns:
    base = BASE_BY_SIZE[SIZES[0]]
    rows = [
        *(("first_response", level, odds, "company_size") for level, odds in BY_RESPONSE.items()),
        ("onboarding_booked", "yes", ONBOARDING_BOOKED, "company_size"),
        ("onboarding_booked", "no", 0.0, "company_size"),
        ("slow_page_share", "per unit", SLOW_PAGES, None),
        *(
            ("acquisition_channel", channel, BY_CHANNEL.get(channel, 0.0), None)
            for channel in CHANNELS
        ),
        *(
            ("company_size", size, odds - base, "first_response, onboarding_booked")
            for size, odds in BASE_BY_SIZE.items()
        ),
    ]
    return {
        "factor": [row[0] for row in rows],
        "level": [row[1] for row in rows],
        "log_odds": [row[2] for row in rows],
        "confounds": [row[3] for row in rows],
    }
