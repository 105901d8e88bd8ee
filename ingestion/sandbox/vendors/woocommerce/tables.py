"""What members order in the shop beside the product: stands, stickers, a day of training.

A customer with an account has a number there that no other system knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingestion.sandbox.company import acts, names, tables as cells
from ingestion.sandbox.company.clock import waking
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.notes import EMAIL, PHONE, normal
from ingestion.sandbox.company.persons import COLLEAGUE, FOUNDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.notes import Notes
    from ingestion.sandbox.company.tables import Columns
    from ingestion.sandbox.whole import Company

SHOPPER = ("shop_customer_id", "woocommerce")
IDENTIFIERS = ((*SHOPPER, True),)
# name, cents, how often it is chosen
PRODUCTS = (
    ("Aufsteller A5 mit QR-Code", 1900, 5.0),
    ("Fensteraufkleber, 10 Stück", 1250, 4.0),
    ("Visitenkarten mit Bewertungslink", 3490, 2.0),
    ("Schulungstag vor Ort", 89000, 0.4),
)
_ORDERS, _SHARE = 3, (0.3, 0.5, 0.4)  # a first order, then a second and a third of those
_FAILED, _CANCELLED, _REFUNDED, _PARTLY, _BIN = 0.04, 0.05, 0.03, 0.03, 0.01
_GUEST, _LOUD, _PHONE = 0.4, 0.1, 0.6
_FIRST_NUMBER = 1001


def tables(company: Company) -> Iterator[tuple[str, Columns]]:
    """Yield the table of orders as they are by now."""
    person, turn, made = _orders(company)
    chance, people = company.chance, company.people
    at = (person, turn)
    status, refunded, modified = _fates(company, at, made, _totals(chance, at))
    typed = people.email[person].astype("U90")
    loud = np.char.capitalize(typed) if len(typed) else typed
    of_account = people.account[person]
    firm = people.account_name[of_account] if len(people.account_name) else of_account.astype("U1")
    countries = [names.COUNTRIES[number] for number in people.country[person].tolist()]
    yield (
        "woocommerce/orders",
        {
            "id": _numbers(company, made),
            "status": status,
            "currency": np.full(len(person), "EUR"),
            "total": _money(_totals(chance, at)),
            "customer_id": _shoppers(chance, person),
            "first_name": people.first_name[person],
            "last_name": people.last_name[person],
            "company": np.where(of_account >= 0, firm, ""),
            "email": np.where(chance.uniform("woo loud", *at) < _LOUD, loud, typed),
            "phone": _phones(company, person),
            "city": np.array([country.cities[0] for country in countries], dtype="U40"),
            "country": np.array([country.code for country in countries], dtype="U2"),
            "items_json": _items(chance, at),
            "refunded": _money(refunded),
            "created_ms": made * 1000,
            "modified_ms": modified * 1000,
            "person_id": people.ids[person],
        },
    )


def identify(company: Company, notes: Notes) -> None:
    """Note what an order outside the bin names: an address, a shopper's number, a telephone."""
    person, made, _ = _listed(company)
    email, phone = normal(company.people.email[person]), _phones(company, person)
    shopper = _shoppers(company.chance, person)
    notes.node(EMAIL, email, person)
    for rows, kind, value in (
        (shopper > 0, SHOPPER, shopper.astype("U12")),
        (phone != "", PHONE, phone),
    ):
        notes.link(
            (kind, value[rows]),
            (EMAIL, email[rows]),
            person[rows],
            "woocommerce",
            made[rows] * 1000,
        )


def touches(company: Company) -> Iterator[tuple[tuple[str, str], Array, Array, Array, int]]:
    """Yield who ordered, or failed to pay; who called an order off has bought nothing."""
    person, made, status = _listed(company)
    email = normal(company.people.email[person])
    failed = status == "failed"
    for rows, act in (
        (~failed & (status != "cancelled"), acts.BUY),
        (failed, acts.ASK),
    ):
        yield ("email", "global"), email[rows], person[rows], made[rows], act


def _listed(company: Company) -> tuple[Array, Array, Array]:
    """Return who ordered, when, and the state by now, of the orders outside the bin."""
    person, turn, made = _orders(company)
    at = (person, turn)
    status, *_ = _fates(company, at, made, _totals(company.chance, at))
    kept = status != "trash"
    return person[kept], made[kept], status[kept]


def _shoppers(chance: Chance, person: Array) -> Array:
    """Return the shop's numbers of who orders, 0 for guests."""
    return np.where(chance.uniform("woo guest", person) < _GUEST, 0, person + 2)


def _phones(company: Company, person: Array) -> Array:
    gives = company.chance.uniform("woo phone", person) < _PHONE
    return np.where(gives, company.people.phone[person], "")


def _orders(company: Company) -> tuple[Array, Array, Array]:
    """Return who orders for the which time, and when: in order of time."""
    chance, people, now = company.chance, company.people, company.world.now
    members = np.isin(people.kind, (FOUNDER, COLLEAGUE))
    going_on, moment = members, np.minimum(people.signed_up, NEVER // 4)
    parts = []
    for turn in range(_ORDERS):
        index = (people.index, np.full(people.count, turn))
        going_on = going_on & (chance.uniform("woo orders", *index) < _SHARE[turn])
        wait = (5 + 120 * chance.uniform("woo waits", *index)) * DAY
        moment = waking(moment + wait.astype(np.int64))
        rows = np.flatnonzero(going_on & (moment < now))
        parts.append((rows, np.full(len(rows), turn), moment[rows]))
    person, turns, made = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((turns, person, made))
    return person[order], turns[order], made[order]


def _numbers(company: Company, made: Array) -> Array:
    """Return the orders' numbers: they grow with time, with gaps that other posts have taken."""
    minutes = (made - company.world.begin) // 60
    return _FIRST_NUMBER + minutes * 4 + cells.repeats(minutes)


def _lines(chance: Chance, at: tuple[Array, Array]) -> tuple[Array, Array]:
    weights = [weight for *_, weight in PRODUCTS]
    product = chance.pick("woo product", weights, *at)
    pieces = 1 + chance.below("woo pieces", 4, *at)
    return product, np.where(product == len(PRODUCTS) - 1, 1, pieces)


def _totals(chance: Chance, at: tuple[Array, Array]) -> Array:
    product, pieces = _lines(chance, at)
    return np.array([cents for _, cents, _ in PRODUCTS])[product] * pieces


def _items(chance: Chance, at: tuple[Array, Array]) -> Array:
    product, pieces = (column.tolist() for column in _lines(chance, at))
    return np.array(
        [
            cells.as_json(
                [{
                    "id": 1, "name": PRODUCTS[which][0], "product_id": 11 + which,
                    "quantity": number, "total": f"{PRODUCTS[which][1] * number / 100:.2f}",
                }]
            )
            for which, number in zip(product, pieces, strict=True)
        ],
        dtype=object,
    )  # fmt: skip


def _fates(
    company: Company, at: tuple[Array, Array], made: Array, total: Array
) -> tuple[Array, Array, Array]:
    """Return state, cents paid back, and last change of each order by now."""
    chance, now = company.chance, company.world.now
    fate = chance.uniform("woo fate", *at)
    edges = np.cumsum([_FAILED, _CANCELLED, _REFUNDED, _PARTLY, _BIN])
    failed, cancelled, refunded, partly, bin_ = (
        (fate >= low) & (fate < high) for low, high in zip([0.0, *edges], edges, strict=False)
    )
    shipped = made + ((1 + 5 * chance.uniform("woo shipped", *at)) * DAY).astype(np.int64)
    back = shipped + ((3 + 20 * chance.uniform("woo back", *at)) * DAY).astype(np.int64)
    is_shipped, is_back = shipped < now, back < now
    status = np.where(is_shipped, "completed", "processing").astype("U12")
    status[cancelled & is_shipped] = "cancelled"
    status[failed] = "failed"
    status[refunded & is_back] = "refunded"
    status[bin_ & is_back] = "trash"
    paid_back = np.where(refunded & is_back, total, np.where(partly & is_back, total // 2, 0))
    changes_late = (refunded | partly | bin_) & is_back
    modified = np.where(is_shipped & ~failed, shipped, made)
    return status, paid_back, np.where(changes_late, back, modified)


def _money(cents: Array) -> Array:
    return np.array([f"{value / 100:.2f}" for value in cents.tolist()], dtype="U12")
