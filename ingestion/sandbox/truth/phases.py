"""When each person entered a phase of their way, by what they and their account did.

An account is a customer from the beginning of a contract to its end, and then again if it comes
back; who comes back goes the way anew. Between two leavings nobody goes back to an earlier phase.
What an account buys and pays counts for those of its people who had been met by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox import vendors
from ingestion.sandbox.company import acts, contracts, visits
from ingestion.sandbox.company.draws import NEVER
from ingestion.sandbox.company.notes import DEVICE, USER
from ingestion.sandbox.truth.identity import KINDS, NOBODY
from ingestion.sandbox.vendors.chartmogul import billing, invoices

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.truth.identity import Identifiers
    from ingestion.sandbox.whole import Company


class Done(NamedTuple):
    """One row per act: whose, when in seconds, and what."""

    component: Array
    time: Array
    act: Array


def phases(
    company: Company, found: Identifiers, accounts: Array, component: Array, asked: Array
) -> Columns:
    """Return the entries into phases; components as numbers.

    Args:
        company: The company.
        found: Its identifiers.
        accounts: Each component's account, -1 for none.
        component: Of the conversations that customers began: whose each is.
        asked: When each began, in seconds.
    """
    own = _joined(
        [
            Done(component, asked, np.full(len(component), acts.ASK)),
            *_in_the_product(company, found),
            *_elsewhere(company, found),
        ]
    )
    met = np.full(len(accounts), float(NEVER))
    np.minimum.at(met, own.component, own.time)
    billed = _billed(company, accounts, met)
    bought = np.full(len(accounts), float(NEVER))
    buys = own.act == acts.BUY
    np.minimum.at(bought, own.component[buys], own.time[buys])
    done = _joined([own, billed])
    passed = np.zeros(len(done.time), dtype=np.int64)
    account = accounts[done.component]
    has_paid = np.zeros(len(account), dtype=bool)
    if company.accounts.count:
        moments = _turns(company)[np.maximum(account, 0)]
        has_paid = (account >= 0) & (moments[:, 0] < NEVER)
        passed = np.where(has_paid, np.sum(moments <= done.time[:, None], axis=1), 0)
    # a person without an account that ever paid is a customer from the own purchase on
    is_customer = np.where(has_paid, passed % 2 == 1, done.time >= bought[done.component])
    left = passed // 2
    phase = acts.phase(done.act, is_customer, left > 0)
    return _entries(done, left, phase)


def _turns(company: Company) -> Array:
    return contracts.turns(company.world, company.accounts, company.contracts)


def _joined(parts: list[Done]) -> Done:
    component, time, act = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    known = component != NOBODY
    return Done(component[known], time[known].astype(float), act[known])


def _in_the_product(company: Company, found: Identifiers) -> list[Done]:
    """Return what the product's analytics saw first of each act between two turns."""
    person, column, act, time = company.seen.first_acts()
    is_user = column == visits.SHARED_SLOT + 1
    value = np.where(
        is_user,
        company.people.user_id[person],
        company.links.devices[person, np.minimum(column, visits.SHARED_SLOT)].astype("U36"),
    )
    return [
        Done(found.component_of(kind, value[rows], person[rows]), time[rows], act[rows])
        for kind, rows in ((USER, is_user), (DEVICE, ~is_user))
    ]


def _elsewhere(company: Company, found: Identifiers) -> list[Done]:
    return [
        Done(
            found.component_of(KINDS.index(kind), value, person),
            moment,
            np.broadcast_to(act, len(moment)),
        )
        for system in vendors.systems()
        for kind, value, person, moment, act in getattr(system, "touches", lambda _: ())(company)
    ]


def _billed(company: Company, accounts: Array, met: Array) -> Done:
    """Return what the accounts bought, paid and changed, for those of their people met by then."""
    agreed, world = company.contracts, company.world
    uuid, _ = billing.owners(company.customers, company.accounts.count)
    written = invoices.simulate(world, agreed, company.chance)
    tables = invoices.all_tables(world, company.people, written, uuid, company.chance)
    paid = tables["chartmogul/transactions"]
    owner = dict(zip(tables["chartmogul/invoices"]["uuid"], written.account, strict=True))
    succeeded = (np.asarray(paid["type"]) == "payment") & (
        np.asarray(paid["result"]) == "successful"
    )
    payer = np.array([owner[number] for number in paid["invoice_uuid"]], dtype=np.int64)[succeeded]
    moment = np.asarray(paid["date_s"])[succeeded]
    begun = agreed.from_s < world.now
    account = np.r_[payer, agreed.account[begun]]
    time = np.r_[moment, agreed.from_s[begun]].astype(float)
    if not len(account):
        return Done(account.astype(np.int64), time, account.astype(np.int64))
    # with the contract an account becomes a customer, also again: that is its purchase
    first = _turns(company)[account][:, ::2]
    act = np.where((time[:, None] == first).any(axis=1), acts.BUY, acts.RENEW)
    order = np.argsort(account, kind="stable")
    people = np.flatnonzero((accounts >= 0) & (met < NEVER))
    low = np.searchsorted(account[order], accounts[people], "left")
    count = np.searchsorted(account[order], accounts[people], "right") - low
    whose = np.repeat(people, count)
    row = order[np.repeat(low, count) + np.arange(count.sum()) - np.repeat(
        np.cumsum(count) - count, count
    )]  # fmt: skip
    known = time[row] >= met[whose]
    return Done(whose[known], time[row][known], act[row][known])


def _entries(done: Done, left: Array, phase: Array) -> Columns:
    some = np.flatnonzero(phase != acts.NO_PHASE)
    component, left, phase, time = done.component[some], left[some], phase[some], done.time[some]
    order = np.lexsort((phase, time, left, component))
    kept = []
    furthest, previous = acts.NO_PHASE, (NOBODY, 0)
    for row in order.tolist():
        way = (int(component[row]), int(left[row]))
        if way != previous:
            furthest, previous = acts.NO_PHASE, way
        # who is further already does not go back
        if phase[row] > furthest:
            furthest = phase[row]
            kept.append(row)
    return {
        "component_id": component[kept],
        "times_left": left[kept],
        "journey_phase": np.array(acts.PHASES)[phase[kept]],
        "entered_s": time[kept],
    }
