"""The customers of the sales team for large companies, and what it sells to them.

Nordlicht's few sellers handle the larger companies in a separate CRM. Its calls, meetings, cases and
agreements appear in no other system.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import crm, names
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import LEAD

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.whole import Company

BIN_SECONDS = 15 * DAY
_MEDIUM_FIRMS, _VIA_LEAD, _COLLEAGUES = 0.5, 0.7, 0.8
_CONTACT_TWICE, _FIRM_TWICE, _LEADS = 0.08, 0.06, 0.4
_KNOWS_USER, _KNOWS_PHONE, _LOUD, _ROLE, _JUNK, _SECOND = 0.5, 0.55, 0.06, 0.03, 0.03, 0.6
_DELETED_LEADS = 0.1
# what passes the CRM's check of an address and is none
JUNK_EMAILS = tuple(text for text in names.JUNK_EMAILS if "@" in text)


class Firms(NamedTuple):
    """The accounts that are worked; arrays by row."""

    account: Array
    opened: Array
    ends: Array  # when the company leaves for good; NEVER
    via_lead: Array  # founded by converting its founder's lead
    twin_created: Array  # NEVER: there is only one
    merged: Array
    row_of: Array  # by account: its row, -1 for none


class Contacts(NamedTuple):
    """The contacts; the second records of merged people after the first ones."""

    person: Array
    firm: Array  # row in Firms
    created: Array
    email: Array
    is_junk: Array
    phone: Array  # "" for none
    user_id: Array  # "" for none
    is_twin: Array
    merged: Array  # of a twin: when it goes into the first
    first: Array  # of a twin: the first's row; else its own


class Leads(NamedTuple):
    """The leads: those that became a firm's first contact, then those that did not."""

    person: Array
    created: Array
    converted: Array  # NEVER
    firm: Array  # -1: none
    email: Array
    is_junk: Array
    phone: Array
    deleted: Array


class Opportunities(NamedTuple):
    """Agreements for many locations, beside the subscription that the company pays by card."""

    firm: Array
    key: Array
    created: Array
    closes: Array  # decided then; NEVER where it stays open
    is_won: Array
    amount: Array
    deleted: Array
    is_first: Array  # made when the lead was converted


def later(moment: Array, u: Array, least: float, most: float) -> Array:
    """Return moments some days after others, as a share ``u`` of the way between two numbers."""
    days = np.asarray(least + (most - least) * u)
    return np.where(moment >= NEVER, NEVER, np.minimum(moment, NEVER // 2) + days * DAY).astype(
        np.int64
    )


def firms(company: Company) -> Firms:
    """Return the companies that are worked, or are going to be once they have signed up."""
    people, chance = company.people, company.chance
    a = company.accounts.index
    medium = chance.uniform("salesforce firm", a) < _MEDIUM_FIRMS
    worked = (people.size == 2) | ((people.size == 1) & medium)
    worked &= people.account_domain != ""
    days = chance.uniform("salesforce opened", a)
    opened = waking(later(company.accounts.signed_up, days, 1, 9))
    a = np.flatnonzero(worked)
    row_of = np.full(company.accounts.count, -1)
    row_of[a] = np.arange(len(a))
    twice = chance.uniform("salesforce firm twice", a) < _FIRM_TWICE
    twin = later(opened[a], chance.uniform("salesforce twin firm", a), 2, 15)
    return Firms(
        account=a,
        opened=opened[a],
        # who leaves is not worked again, even after coming back
        ends=np.minimum(company.contracts.ended, company.contracts.gap_from)[a],
        via_lead=chance.uniform("salesforce via lead", a) < _VIA_LEAD,
        twin_created=np.where(twice, twin, NEVER),
        merged=np.where(
            twice, later(twin, chance.uniform("salesforce firm merged", a), 3, 25), NEVER
        ),
        row_of=row_of,
    )


def contacts(company: Company, worked: Firms) -> Contacts:
    """Return the contacts of these companies."""
    people, chance, now = company.people, company.chance, company.world.now
    p = np.flatnonzero(people.has_account)
    firm = worked.row_of[people.account[p]] if len(worked.row_of) else p[:0]
    p, firm = p[firm >= 0], firm[firm >= 0]
    founds = people.founder[worked.account[firm]] == p if len(firm) else firm.astype(bool)
    joined = np.maximum(worked.opened[firm], people.signed_up[p])
    met = waking(later(joined, chance.uniform("salesforce met", p), 1, 20))
    created = np.where(founds, worked.opened[firm], met)
    known = founds | (chance.uniform("salesforce colleague", p) < _COLLEAGUES)
    known &= created < now
    p, firm, created = p[known], firm[known], created[known]
    email, is_junk = _emails(company, p, chance)
    signed = people.signed_up[p] < created
    knows_user = signed & (chance.uniform("salesforce user", p) < _KNOWS_USER)
    twice = np.flatnonzero(chance.uniform("salesforce contact twice", p) < _CONTACT_TWICE)
    made = later(created[twice], chance.uniform("salesforce twin contact", p[twice]), 3, 20)
    twice, made = twice[made < now], made[made < now]
    gone = later(made, chance.uniform("salesforce contact merged", p[twice]), 2, 30)
    none, no = np.full(len(twice), ""), np.zeros(len(twice), dtype=bool)
    return Contacts(
        person=np.r_[p, p[twice]],
        firm=np.r_[firm, firm[twice]],
        created=np.r_[created, made],
        email=np.r_[email, crm.twin_emails(people, p[twice])],
        is_junk=np.r_[is_junk, no],
        phone=np.r_[_phones(company, p, chance), none],
        user_id=np.r_[np.where(knows_user, people.user_id[p], ""), none],
        is_twin=np.r_[np.zeros(len(p), dtype=bool), ~no],
        merged=np.r_[np.full(len(p), NEVER), gone],
        first=np.r_[np.arange(len(p)), twice],
    )


def _phones(company: Company, person: Array, chance: Chance) -> Array:
    knows = chance.uniform("salesforce phone", person) < _KNOWS_PHONE
    return np.where(knows, company.people.phone[person], "")


def _emails(company: Company, person: Array, chance: Chance) -> tuple[Array, Array]:
    people = company.people
    email = people.email[person].astype("U90")
    u = chance.uniform("salesforce email", person)
    loud = np.char.upper(email) if len(email) else email
    account = people.account[person]
    host = people.account_domain[account] if len(people.account_domain) else email
    office = np.char.add("info@", host) if len(email) else email
    email = np.where(u < _LOUD, loud, email)
    email = np.where((u > 1 - _ROLE) & (account >= 0), office, email)
    is_junk = (u > 0.5) & (u < 0.5 + _JUNK)
    junk = np.array(JUNK_EMAILS)[chance.below("salesforce junk", len(JUNK_EMAILS), person)]
    return np.where(is_junk, junk, email), is_junk


def leads(company: Company, worked: Firms) -> Leads:
    """Return who asked for a call, converted or not."""
    people, chance, now = company.people, company.chance, company.world.now
    rows = np.flatnonzero(worked.via_lead)
    founder = people.founder[worked.account[rows]] if len(rows) else rows
    asked = people.arrived[founder] + 900
    rows, founder, asked = (each[asked < now] for each in (rows, founder, asked))
    others = np.flatnonzero(people.kind == LEAD)
    others = others[chance.uniform("salesforce lead", others) < _LEADS]
    wrote = later(people.arrived[others], chance.uniform("salesforce wrote", others), 0.05, 6)
    others, wrote = others[wrote < now], wrote[wrote < now]
    person = np.r_[founder, others]
    email, is_junk = _emails(company, person, chance)
    second = people.second_email[person]
    uses_second = (second != "") & (chance.uniform("salesforce lead second", person) < _SECOND)
    never = np.full(len(others), NEVER)
    leaves = chance.uniform("salesforce lead deleted", others) < _DELETED_LEADS
    gone = later(wrote, chance.uniform("salesforce lead gone", others), 20, 160)
    return Leads(
        person=person,
        created=np.r_[asked, wrote],
        converted=np.r_[worked.opened[rows], never],
        firm=np.r_[rows, np.full(len(others), -1)],
        email=np.where(uses_second & ~is_junk, second, email),
        is_junk=is_junk,
        phone=_phones(company, person, chance),
        deleted=np.r_[np.full(len(rows), NEVER), np.where(leaves, gone, NEVER)],
    )


def opportunities(company: Company, worked: Firms) -> Opportunities:
    """Return what is or was offered to these companies."""
    chance, now = company.chance, company.world.now
    rows = np.arange(len(worked.account))
    paid = company.accounts.first_payment[worked.account]
    grown = waking(later(paid, chance.uniform("salesforce grows", worked.account), 30, 150))
    grows = (paid < NEVER) & (grown < np.minimum(now, worked.ends))
    grows &= chance.uniform("salesforce expansion", worked.account) < 0.6
    converts = worked.via_lead & (worked.opened < now)
    firm = np.r_[rows[converts], rows[grows]]
    is_first = np.arange(len(firm)) < converts.sum()
    created = np.r_[worked.opened[converts], grown[grows]]
    key = worked.account[firm] * 2 + ~is_first
    decided = waking(later(created, chance.uniform("salesforce decided", key), 20, 110))
    is_won = chance.uniform("salesforce won", key) < 0.45
    leaves = ~is_won & (chance.uniform("salesforce deal gone", key) < 0.05)
    return Opportunities(
        firm=firm,
        key=key,
        created=created,
        closes=np.where(decided < now, decided, NEVER),
        is_won=is_won & (decided < now),
        amount=np.round(4000 + 26_000 * chance.uniform("salesforce amount", key), -2),
        deleted=np.where(leaves, decided + 10 * DAY, NEVER),
        is_first=is_first,
    )
