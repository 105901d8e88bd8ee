"""The companies that buy: trial, first payment, and what later decides whether they stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import tables
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.persons import CHANNELS

if TYPE_CHECKING:
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People

CHECKOUT_SECONDS = 150  # from opening the checkout to the payment
_TRIAL, _PAYS = 0.88, 0.74
# larger companies buy and book more often: company size is the confounder
_PAYS_BY_SIZE = np.array([-0.08, 0.04, 0.12])
_BOOKS_BY_SIZE = np.array([0.24, 0.52, 0.78])
_PAYS_BY_CHANNEL = {"referral": 0.12, "email": 0.06, "paid_social": -0.14, "social": -0.06}


@dataclass
class Accounts:
    """All accounts; arrays by number of founding. NEVER where something does not happen."""

    count: int
    ids: Array  # the product's billing account id
    signed_up: Array
    trial_started: Array
    first_payment: Array  # when the first invoice is paid
    onboarding_booked: Array
    service_level: Array  # how much slower than usual they are answered, in standard deviations
    slow_share: Array  # share of their pages that are slow
    in_crm: Array
    channel: Array

    @property
    def index(self) -> Array:
        """The accounts' numbers."""
        return np.arange(self.count)


def simulate(people: People, chance: Chance) -> Accounts:
    """Decide what each founder's company does."""
    founder, size = people.founder, people.size
    a = np.arange(len(founder))
    signed_up = people.signed_up[founder]
    tries = chance.uniform("trial", a) < _TRIAL
    minutes = np.exp(np.log(1500) + 1.6 * chance.normal("trial wait", a))
    trial = np.where(tries, signed_up + 240 + np.minimum(minutes, 9 * DAY).astype(np.int64), NEVER)
    channel = people.channel[founder]
    by_channel = np.array([_PAYS_BY_CHANNEL.get(name, 0.0) for name in CHANNELS])
    pays = tries & (chance.uniform("pays", a) < _PAYS + _PAYS_BY_SIZE[size] + by_channel[channel])
    days = 2 + 26 * chance.uniform("payment wait", a) ** 1.5
    paid = np.where(pays, waking((signed_up + 10 * DAY + days * DAY).astype(np.int64)), NEVER)
    books = pays & (chance.uniform("books", a) < _BOOKS_BY_SIZE[size])
    booked = paid + ((chance.uniform("booking wait", a) ** 1.4) * 22 * DAY).astype(np.int64) + 900
    return Accounts(
        count=len(a),
        ids=tables.prefixed("acc_", chance, "billing account", a),
        signed_up=signed_up,
        trial_started=trial,
        first_payment=paid,
        onboarding_booked=np.where(books, waking(booked), NEVER),
        service_level=chance.normal("service level", a) - 0.45 * (size - 0.55),
        slow_share=chance.uniform("slow pages", a) ** 2.5 * 0.4,
        in_crm=chance.uniform("company in crm", a) < np.array([0.85, 0.97, 1.0])[size],
        channel=channel,
    )
