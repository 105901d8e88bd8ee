"""What each account subscribes to, changes and ends, and why it stays or leaves.

The causes are set here: how fast the account was answered in its first month, whether it booked an
onboarding session, how slow its pages are, how it was won, and its size, which influences several of
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company.clock import add_months_to, waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import CHANNELS, SIZES

if TYPE_CHECKING:
    from ingestion.sandbox.company.accounts import Accounts
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People


class Plan(NamedTuple):
    """A tariff; the price is per month and location."""

    key: str
    name: str
    cents: int
    unit: str


CURRENCY = "EUR"
# yearly plans follow the monthly ones in the same order
PLANS = (
    Plan("start-monthly", "Start", 2900, "month"),
    Plan("team-monthly", "Team", 7900, "month"),
    Plan("business-monthly", "Business", 19900, "month"),
    Plan("start-yearly", "Start (yearly)", 2400, "year"),
    Plan("team-yearly", "Team (yearly)", 6600, "year"),
    Plan("business-yearly", "Business (yearly)", 16500, "year"),
)
TIERS = len(PLANS) // 2
START, TEAM, BUSINESS = range(TIERS)
YEAR = 12

RESPONSES = ("under_5_min", "5_to_60_min", "over_60_min", "none")
# log odds of ending the contract in a month, against the first level
BASE_BY_SIZE = dict(zip(SIZES, (-3.2, -3.65, -4.1), strict=True))
BY_RESPONSE = dict(zip(RESPONSES, (0.0, 0.55, 1.15, 0.35), strict=True))
ONBOARDING_BOOKED = -0.9
SLOW_PAGES = 2.5  # per share of slow pages, so at most 1.0
BY_CHANNEL = {"referral": -0.4, "paid_social": 0.4}

_EXPANDS, _CONTRACTS, _RETRACTS, _RETURNS = 0.04, 0.016, 0.012, 0.16
LONGEST_NOTICE = 26 * DAY
_TIER_BY_SIZE = np.array([[0.7, 0.3, 0.0], [0.15, 0.65, 0.2], [0.0, 0.3, 0.7]])
_YEARLY_BY_SIZE = np.array([0.12, 0.22, 0.35])
_MOST_LOCATIONS = np.array([1, 6, 12])


@dataclass
class Contracts:
    """Segments of unchanged subscription, in order of account and time, and each account's ends."""

    account: Array
    run: Array  # 0 the first subscription, 1 the one after a return
    from_s: Array
    to_s: Array  # NEVER: open
    decided_s: Array  # when an end was decided; NEVER where the segment ends by a change
    plan: Array
    quantity: Array
    # by account
    odds: Array  # monthly odds of ending
    gap_from: Array  # between the first end and the return
    gap_to: Array
    ended: Array  # for good; NEVER: still here

    @property
    def mrr_cents(self) -> Array:
        """What each segment pays per month."""
        return np.asarray(np.array([plan.cents for plan in PLANS])[self.plan] * self.quantity)

    def goes_on(self) -> Array:
        """Tell which segments are followed by another of the same subscription."""
        subscription = self.account * 2 + self.run
        return np.asarray(np.r_[subscription[1:] == subscription[:-1], False][: len(subscription)])

    def ends(self) -> tuple[Array, Array]:
        """Return the rows of each subscription's first and last segment."""
        last = np.flatnonzero(~self.goes_on())
        return np.r_[0, last[:-1] + 1][: len(last)], last


def response_level(median_seconds: Array) -> Array:
    """Return the level of a median first response, as a position in RESPONSES."""
    level = np.where(median_seconds < 300, 0, np.where(median_seconds <= 3600, 1, 2))
    return np.where(np.isnan(median_seconds), RESPONSES.index("none"), level)


def log_odds(people: People, accounts: Accounts, median_seconds: Array) -> Array:
    """Return the planted log odds with which each month ends an account's contract."""
    by_size = np.array([BASE_BY_SIZE[size] for size in SIZES])
    by_response = np.array([BY_RESPONSE[level] for level in RESPONSES])
    by_channel = np.array([BY_CHANNEL.get(channel, 0.0) for channel in CHANNELS])
    return np.asarray(
        by_size[people.size]
        + by_response[response_level(median_seconds)]
        + ONBOARDING_BOOKED * (accounts.onboarding_booked < NEVER)
        + SLOW_PAGES * accounts.slow_share
        + by_channel[accounts.channel]
    )


def simulate(
    world: World, people: People, accounts: Accounts, median_seconds: Array, chance: Chance
) -> Contracts:
    """Let all accounts pay, change and leave, as far as it is decided by now."""
    odds = np.exp(log_odds(people, accounts, median_seconds))
    chances = odds / (1 + odds)
    a = np.flatnonzero(accounts.first_payment < world.now)
    size = people.size[a]
    tier = np.array(
        [
            np.searchsorted(np.cumsum(_TIER_BY_SIZE[s])[:-1], u, side="right")
            for s, u in zip(size, chance.uniform("tier", a), strict=True)
        ],
        dtype=np.int64,
    )
    locations = 1 + (chance.uniform("locations", a) ** 2 * _MOST_LOCATIONS[tier]).astype(np.int64)
    yearly = chance.uniform("yearly", a) < _YEARLY_BY_SIZE[size]
    runs = _Runs(world, chance, chances)
    ended = runs.live(0, a, accounts.first_payment[a], tier, yearly, locations)
    gap_from, gap_to = np.full(accounts.count, NEVER), np.full(accounts.count, NEVER)
    final = np.full(accounts.count, NEVER)
    final[a] = ended
    leaving = np.flatnonzero(ended < NEVER)
    b = a[leaving]
    wait = 20 * DAY + chance.uniform("return wait", b) * 150 * DAY
    back = waking((ended[leaving] + wait).astype(np.int64))
    returns = (chance.uniform("returns", b) < _RETURNS) & (back < world.now)
    leaving, b, back = leaving[returns], b[returns], back[returns]
    gap_from[b], gap_to[b] = ended[leaving], back
    final[b] = runs.live(1, b, back, tier[leaving], yearly[leaving] & False, locations[leaving])
    return runs.collected(odds, gap_from, gap_to, final)


class _Runs:
    """Collects segments while subscriptions go through their months."""

    def __init__(self, world: World, chance: Chance, chances: Array) -> None:
        self.now, self.chance, self.chances = world.now, chance, chances
        self.parts: list[tuple[Array, ...]] = []

    def live(
        self, run: int, a: Array, anchor: Array, tier: Array, yearly: Array, locations: Array
    ) -> Array:
        """Go month by month through one subscription of each account; return when it ended."""
        draw, count = self.chance, len(a)
        tier, locations = tier.copy(), locations.copy()
        since, ended = anchor.copy(), np.full(count, NEVER)
        active, month = np.ones(count, dtype=bool), 0
        number = np.full(count, run)
        while active.any():
            begin, k = add_months_to(anchor, month), np.full(count, month)
            active &= begin - LONGEST_NOTICE < self.now
            if month:
                due = active & (~yearly | (month % YEAR == 0))
                chances = np.where(yearly, 1 - (1 - self.chances[a]) ** 6, self.chances[a])
                ahead = (1 + draw.uniform("notice", a, number, k) * 24) * DAY
                decided = begin - ahead.astype(np.int64)
                leaves = due & (draw.uniform("leaves", a, number, k) < chances)
                leaves &= decided < self.now
                retracts = due & ~leaves & (draw.uniform("retracts", a, number, k) < _RETRACTS)
                retracts &= (decided < self.now) & (self.now <= begin - DAY // 2)
                self._close(leaves, a, number, since, begin, decided, tier, yearly, locations)
                # who has given notice and will take it back looks like who leaves
                self._close(retracts, a, number, since, begin, decided, tier, yearly, locations)
                ended[leaves] = begin[leaves]
                active &= ~leaves & ~retracts
            moment = begin + ((2 + draw.uniform("change day", a, number, k) * 23) * DAY).astype(
                np.int64
            )
            u = draw.uniform("changes", a, number, k)
            grown, more = self._grown(a, number, k, tier, locations)
            shrunk, fewer = self._shrunk(tier, locations)
            grows = u < _EXPANDS
            shrinks = (u > 1 - _CONTRACTS) & ((shrunk != tier) | (fewer != locations))
            changes = active & (grows | shrinks) & (moment < self.now)
            self._close(
                changes, a, number, since, moment, np.full(count, NEVER), tier, yearly, locations
            )
            since[changes] = moment[changes]
            tier = np.where(changes, np.where(grows, grown, shrunk), tier)
            locations = np.where(changes, np.where(grows, more, fewer), locations)
            month += 1
        never = np.full(count, NEVER)
        still = (ended >= NEVER) & ~self._was_closed(a, run)
        self._close(still, a, number, since, never, never, tier, yearly, locations)
        return ended

    def _was_closed(self, a: Array, run: int) -> Array:
        closed = [
            part[0][(part[4] < NEVER) & (part[1] == run)] for part in self.parts if len(part[0])
        ]
        return np.isin(a, np.concatenate(closed)) if closed else np.zeros(len(a), dtype=bool)

    def _close(self, mask: Array, *columns: Array) -> None:
        a, number, since, to, decided, tier, yearly, locations = (c[mask] for c in columns)
        plan = tier + np.where(yearly, TIERS, 0)
        self.parts.append((a, number, since, to, decided, plan, locations))

    def _grown(
        self, a: Array, number: Array, k: Array, tier: Array, locations: Array
    ) -> tuple[Array, Array]:
        upgrades = (self.chance.uniform("upgrades", a, number, k) < 0.35) | (tier == START)
        upgrades &= tier < BUSINESS
        more = locations + 1 + self.chance.below("more locations", 3, a, number, k)
        return np.where(upgrades, tier + 1, tier), np.where(upgrades, locations, more)

    @staticmethod
    def _shrunk(tier: Array, locations: Array) -> tuple[Array, Array]:
        alone = locations == 1
        return np.where(alone, np.maximum(tier - 1, START), tier), np.maximum(locations - 1, 1)

    def collected(self, odds: Array, gap_from: Array, gap_to: Array, ended: Array) -> Contracts:
        """Return the segments in order, with what is known of each account."""
        columns = [
            np.concatenate([part[position] for part in self.parts])
            if self.parts
            else np.empty(0, dtype=np.int64)
            for position in range(7)
        ]
        order = np.lexsort((columns[2], columns[0]))
        account, run, from_s, to_s, decided, plan, quantity = (c[order] for c in columns)
        return Contracts(
            account=account,
            run=run,
            from_s=from_s,
            to_s=to_s,
            decided_s=decided,
            plan=plan,
            quantity=quantity,
            odds=odds,
            gap_from=gap_from,
            gap_to=gap_to,
            ended=ended,
        )


class Periods(NamedTuple):
    """Billing periods that have begun, in order of subscription and time."""

    account: Array
    run: Array
    number: Array  # from 0 within the subscription
    begin: Array
    end: Array
    segment: Array  # what is in force when it begins
    price_cents: Array


def turns(world: World, accounts: Accounts, contracts: Contracts) -> Array:
    """Return by account when it began to pay, left, came back and left for good, in order of time.

    What has not happened by now is NEVER.
    """
    moments = np.stack(
        [accounts.first_payment, contracts.gap_from, contracts.gap_to, contracts.ended], axis=1
    )
    return np.sort(np.where(moments < world.now, moments, NEVER), axis=1)


def periods(world: World, contracts: Contracts) -> Periods:
    """Return the billing periods of all subscriptions until now."""
    subscription = contracts.account * 2 + contracts.run
    first, last = contracts.ends()
    account, run = contracts.account[first], contracts.run[first]
    anchor, end = contracts.from_s[first], contracts.to_s[last]
    months = np.where(contracts.plan[first] >= TIERS, YEAR, 1)
    parts, number = [], 0
    place = subscription * 2**40 + contracts.from_s
    while len(first):
        begin = add_months_to(anchor, number * months)
        live = (begin < world.now) & (begin < end)
        if not live.any():
            break
        parts.append(
            np.stack(
                [
                    account[live],
                    run[live],
                    np.full(live.sum(), number),
                    begin[live],
                    add_months_to(anchor, (number + 1) * months)[live],
                    np.searchsorted(place, subscription[first][live] * 2**40 + begin[live], "right")
                    - 1,
                ]
            )
        )
        number += 1
    table = np.concatenate(parts, axis=1) if parts else np.empty((6, 0), dtype=np.int64)
    table = table[:, np.lexsort((table[3], table[0] * 2 + table[1]))]
    account, run, numbers, begin, end, segment = table
    price = contracts.mrr_cents[segment] * np.where(contracts.plan[segment] >= TIERS, YEAR, 1)
    return Periods(account, run, numbers, begin, end, segment, price)
