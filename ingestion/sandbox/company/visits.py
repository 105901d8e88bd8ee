"""When people visit the website or the product, on which device, and for what purpose."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import pdtrik

from ingestion.sandbox.company.accounts import CHECKOUT_SECONDS
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.contracts import periods
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import (
    ANONYMOUS,
    BOT,
    COLLEAGUE,
    FOUNDER,
    LEAD,
    MAX_DEVICES,
    STAFF,
    TESTER,
    WEB,
)

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.contracts import Contracts
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People

SCRIPTS = (
    "arrive", "browse", "sign up", "trial", "checkout", "return", "product", "onboarding",
    "renew", "refer", "review", "crawl",
)  # fmt: skip
(
    ARRIVE, BROWSE, SIGN_UP, TRIAL, CHECKOUT, RETURN, PRODUCT, ONBOARDING, RENEW, REFER, REVIEW,
    CRAWL,
) = range(len(SCRIPTS))  # fmt: skip
SHARED_SLOT = MAX_DEVICES  # the account's shared device
SERVER_SLOT = MAX_DEVICES + 1  # no device at all
SIGN_UP_SECONDS = 110  # from opening the website to the sign-up
RENEWAL_SECONDS = 45
_TURNS, _MONTHS = 1024, 4096
# visits a month before the sign-up, by kind; and after it
_BEFORE = {ANONYMOUS: 2.2, LEAD: 3.0, FOUNDER: 5.0, COLLEAGUE: 3.0, STAFF: 0, TESTER: 0, BOT: 25.0}
_AFTER = {ANONYMOUS: 0, LEAD: 2.2, FOUNDER: 9.5, COLLEAGUE: 7.2, STAFF: 12.0, TESTER: 5.0, BOT: 0}
_JUNK_DEVICE, _JUNK_USER = 0.025, 0.004
_LINGERS = 12 * DAY  # after the account's end
_OFFLINE = 0.08  # of visits in the app: their events arrive late


@dataclass
class Visits:
    """One row per visit, in order of time."""

    person: Array
    time: Array
    key: Array
    slot: Array
    script: Array
    has_user: Array  # logged in from its first event on
    is_first_login: Array
    has_junk_device: Array
    has_junk_user: Array
    delay_ms: Array  # how long its events take to arrive
    value: Array  # what a renewal costs, in cents

    def where(self, mask: Array) -> Visits:
        """Return some of them."""
        return Visits(*(getattr(self, field.name)[mask] for field in fields(self)))


def simulate(
    world: World, people: People, accounts: Accounts, contracts: Contracts, chance: Chance
) -> Visits:
    """Return all visits that began by now."""
    leaves = active_until(people, accounts, contracts, chance)
    person, time, key, script, value = (
        np.concatenate(columns)
        for columns in zip(
            _wandering(world, people, accounts, contracts, leaves, chance),
            *_milestones(world, people, accounts, contracts),
            strict=True,
        )
    )
    order = np.lexsort((key, time))
    person, time, key, script, value = (
        column[order] for column in (person, time, key, script, value)
    )
    signed = people.signed_up[person] <= time
    slot = _devices(people, chance, person, time, key, script)
    kind = np.where(slot < MAX_DEVICES, people.device_kind[person, slot % MAX_DEVICES], WEB)
    wanders = script == PRODUCT
    # with the website one is not always logged in
    anonymous = wanders & (kind == WEB) & (slot < MAX_DEVICES)
    anonymous &= chance.uniform("just looks", key) < 0.14
    script = np.where(anonymous, BROWSE, script)
    has_user = signed & ~anonymous & (script != ARRIVE)
    has_user |= np.isin(script, (RENEW, CHECKOUT, TRIAL, RETURN))
    junk = np.isin(script, (BROWSE, PRODUCT)) & (slot < MAX_DEVICES)
    late = (kind != WEB) & (chance.uniform("offline", key) < _OFFLINE)
    hours = np.where(late, 1 + chance.uniform("offline hours", key) * 116, 0)
    visits = Visits(
        person=person,
        time=time,
        key=key,
        slot=slot,
        script=script,
        has_user=has_user,
        is_first_login=np.zeros(len(key), dtype=bool),
        has_junk_device=junk & (chance.uniform("junk device", key) < _JUNK_DEVICE),
        has_junk_user=has_user & wanders & (chance.uniform("junk user", key) < _JUNK_USER),
        delay_ms=(hours * 3_600_000).astype(np.int64) + 900 + chance.below("delay", 40_000, key),
        value=value,
    )
    logs_in = has_user & np.isin(script, (PRODUCT, TRIAL, CHECKOUT)) & ~visits.has_junk_user
    visits.is_first_login = _first_of(person * (SERVER_SLOT + 1) + slot, logs_in)
    return visits


def active_until(people: People, accounts: Accounts, contracts: Contracts, chance: Chance) -> Array:
    """Return when each person loses interest."""
    i = people.index
    patience = -np.log1p(-chance.uniform("patience", i))
    signed = np.where(people.signed_up < NEVER, people.signed_up, people.arrived)
    until = people.arrived + 22 * DAY * patience
    until = np.where(people.kind == LEAD, signed + 50 * DAY * patience, until)
    until = np.where(np.isin(people.kind, (STAFF, TESTER)), NEVER / 2, until)
    until = np.where(people.kind == BOT, people.arrived + 3 * DAY, until)
    if accounts.count:
        pays = accounts.first_payment < NEVER
        given_up = accounts.signed_up + 24 * DAY
        ended = np.where(pays, np.minimum(contracts.ended, NEVER // 2) + _LINGERS, given_up)
        account = np.maximum(people.account, 0)
        own = signed + (90 + 700 * patience) * DAY
        # founders stay as long as their company
        own = np.where(people.kind == FOUNDER, NEVER / 2, own)
        member = np.minimum(own, ended[account])
        until = np.where(people.has_account, np.maximum(member, signed + 2 * DAY), until)
    return until


def is_away(people: People, contracts: Contracts, person: Array, time: Array) -> Array:
    """Tell who belongs to an account that has left and will come back."""
    if not len(contracts.gap_from):
        return np.zeros(len(person), dtype=bool)
    account = np.maximum(people.account[person], 0)
    away = time > contracts.gap_from[account] + _LINGERS
    away &= time < contracts.gap_to[account]
    return np.asarray(away & people.has_account[person])


def _per_kind(rates: dict[int, float], kind: Array) -> Array:
    return np.array([rates[number] for number in range(len(rates))])[kind]


def _wandering(
    world: World,
    people: People,
    accounts: Accounts,
    contracts: Contracts,
    leaves: Array,
    chance: Chance,
) -> tuple[Array, ...]:
    calendar = world.calendar()
    begin = np.array([month.begin for month in calendar])
    end = np.array([month.end for month in calendar])
    before, after = _per_kind(_BEFORE, people.kind), _per_kind(_AFTER, people.kind)
    after = after * np.exp(0.55 * chance.normal("activity", people.index) - 0.15)
    most = np.maximum(before, after)
    person, month = np.nonzero(
        (people.arrived[:, None] < end[None, :]) & (leaves[:, None] >= begin[None, :])
    )
    u = chance.uniform("visits", person, month)
    count = np.minimum(np.ceil(pdtrik(u, most[person]) - 1e-9), _TURNS - 1)
    count = np.maximum(np.nan_to_num(count), 0).astype(np.int64)
    turn = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    person, month = np.repeat(person, count), np.repeat(month, count)
    key = (person * _MONTHS + month) * _TURNS + turn
    time = begin[month] + (chance.uniform("visit", key) * (end - begin)[month]).astype(np.int64)
    time = waking(time)
    signed = people.signed_up[person] <= time
    keeps = chance.uniform("visits after all", key) * most[person]
    keeps = keeps < np.where(signed, after[person], before[person])
    keeps &= (time > people.arrived[person] + 1800) & (time < leaves[person]) & (time < world.now)
    keeps &= np.abs(time - people.signed_up[person]) > 900
    keeps &= ~is_away(people, contracts, person, time)
    person, time, key, signed = person[keeps], time[keeps], key[keeps], signed[keeps]
    script = np.where(signed, PRODUCT, BROWSE)
    script = np.where(people.kind[person] == BOT, CRAWL, script)
    script = _advocates(people, accounts, chance, person, time, key, script)
    return person, time, key, script, np.zeros(len(key), dtype=np.int64)


def _advocates(
    people: People,
    accounts: Accounts,
    chance: Chance,
    person: Array,
    time: Array,
    key: Array,
    script: Array,
) -> Array:
    if not accounts.count:
        return script
    account = people.account[person]
    paid = np.where(account >= 0, accounts.first_payment[account], NEVER)
    settled = (script == PRODUCT) & (time > paid + 45 * DAY)
    u = chance.uniform("advocates", key)
    script = np.where(settled & (u < 0.012), REFER, script)
    return np.where(settled & (u > 0.992), REVIEW, script)


def _milestones(
    world: World, people: People, accounts: Accounts, contracts: Contracts
) -> list[tuple[Array, ...]]:
    founder = people.founder
    everybody = people.index
    once = [
        (everybody, np.where(people.kind == BOT, NEVER, people.arrived), ARRIVE),
        (everybody, people.signed_up - SIGN_UP_SECONDS, SIGN_UP),
        (founder, accounts.trial_started, TRIAL),
        (founder, accounts.first_payment - CHECKOUT_SECONDS, CHECKOUT),
        (founder, contracts.gap_to - CHECKOUT_SECONDS, RETURN),
        (founder, accounts.onboarding_booked, ONBOARDING),
    ]
    due = periods(world, contracts)
    first = due.number == 0
    price = np.zeros((2, accounts.count), dtype=np.int64)
    price[due.run[first], due.account[first]] = due.price_cents[first]
    found: list[tuple[Array, ...]] = []
    for person, time, script in once:
        came = time < world.now
        key = (person[came] * _MONTHS + _MONTHS - 1) * _TURNS + script
        pays = script in (CHECKOUT, RETURN)
        value = price[int(script == RETURN)][came] if pays else np.zeros(len(key), dtype=np.int64)
        found.append((person[came], time[came], key, np.full(len(key), script), value))
    again = ~first & (due.begin + RENEWAL_SECONDS < world.now)
    person = founder[due.account[again]]
    turn = 64 + due.run[again] * 400 + due.number[again]
    key = (person * _MONTHS + _MONTHS - 1) * _TURNS + turn
    found.append(
        (
            person,
            due.begin[again] + RENEWAL_SECONDS,
            key,
            np.full(len(key), RENEW),
            due.price_cents[again],
        )
    )
    return found


def _devices(
    people: People,
    chance: Chance,
    person: Array,
    time: Array,
    key: Array,
    script: Array,
) -> Array:
    slot = chance.pick("slot", [60, 24, 11, 5], key) % people.device_count[person]
    # the first steps are taken in a browser, and in the one that came first
    signed = people.signed_up[person] <= time
    browser = people.device_kind[person, slot] == WEB
    slot = np.where(~signed & ~browser, 0, slot)
    at_home = np.isin(script, (ARRIVE, SIGN_UP, TRIAL, CHECKOUT, RETURN, ONBOARDING, CRAWL))
    slot = np.where(at_home, 0, slot)
    shares = (people.shares_since[person] < time) & (script == PRODUCT)
    shares &= chance.uniform("shared device", key) < 0.25
    slot = np.where(shares, SHARED_SLOT, slot)
    return np.where(script == RENEW, SERVER_SLOT, slot)


def _first_of(groups: Array, among: Array) -> Array:
    found = np.zeros(len(groups), dtype=bool)
    rows = np.flatnonzero(among)
    _, first = np.unique(groups[rows], return_index=True)
    found[rows[first]] = True
    return found


def reached_by(people: People, visited: Visits, chance: Chance) -> Array:
    """Return which channel led to each visit to the website, as a position in CHANNELS."""
    again = chance.pick("way back", [4, 22, 3, 6, 14, 4, 47], visited.key)
    return np.where(visited.script == ARRIVE, people.channel[visited.person], again)
