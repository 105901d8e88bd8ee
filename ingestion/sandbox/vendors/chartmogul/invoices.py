"""The invoices of each billing period, their lines, and how they are paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ingestion.sandbox.company import names, tables
from ingestion.sandbox.company.contracts import CURRENCY, periods
from ingestion.sandbox.company.draws import DAY, NEVER
from ingestion.sandbox.company.visits import RENEWAL_SECONDS
from ingestion.sandbox.vendors.chartmogul.billing import plan_uuids, subscription_ids
from ingestion.sandbox.vendors.chartmogul.schema import TABLES

if TYPE_CHECKING:
    from ingestion.sandbox.company.clock import World
    from ingestion.sandbox.company.contracts import Contracts
    from ingestion.sandbox.company.draws import Array, Chance
    from ingestion.sandbox.company.persons import People

_PERIOD, _PRORATED, _MISTAKE = range(3)
_FAILS, _REFUNDED, _SET_UP, _MISTAKEN = 0.03, 0.012, 0.3, 0.004
SET_UP_CENTS = 9900


class Invoices(NamedTuple):
    """All invoices that exist now; moments in seconds."""

    account: Array
    run: Array
    kind: Array
    date: Array
    until: Array  # end of the service period
    plan: Array
    quantity: Array
    net_cents: Array
    set_up_cents: Array
    is_first: Array


def simulate(world: World, contracts: Contracts, chance: Chance) -> Invoices:
    """Write an invoice for each period, for what is added within one, and a few by mistake."""
    due = periods(world, contracts)
    plan, quantity = contracts.plan[due.segment], contracts.quantity[due.segment]
    is_first = (due.number == 0) & (due.run == 0)
    set_up = is_first & (chance.uniform("set-up", due.account) < _SET_UP)
    regular = Invoices(
        account=due.account,
        run=due.run,
        kind=np.full(len(due.begin), _PERIOD),
        date=due.begin,
        until=due.end,
        plan=plan,
        quantity=quantity,
        net_cents=due.price_cents,
        set_up_cents=np.where(set_up, SET_UP_CENTS, 0),
        is_first=is_first,
    )
    more = np.r_[0, np.diff(contracts.mrr_cents)]
    added = np.flatnonzero(
        np.r_[False, contracts.goes_on()[:-1]][: len(more)]
        & (more > 0)
        & (contracts.from_s < world.now)
    )
    prorated = Invoices(
        account=contracts.account[added],
        run=contracts.run[added],
        kind=np.full(len(added), _PRORATED),
        date=contracts.from_s[added],
        until=contracts.from_s[added] + 15 * DAY,
        plan=contracts.plan[added],
        quantity=contracts.quantity[added],
        net_cents=more[added] // 2,
        set_up_cents=np.zeros(len(added), dtype=np.int64),
        is_first=np.zeros(len(added), dtype=bool),
    )
    wrong = chance.uniform("mistaken", due.account, due.begin) < _MISTAKEN
    gone = due.begin + DAY + ((1 + 20 * chance.uniform("noticed", due.account)) * DAY).astype(int)
    wrong &= (due.begin + DAY < world.now) & (world.now <= gone)
    mistakes = Invoices(*(column[wrong] for column in regular))._replace(
        kind=np.full(wrong.sum(), _MISTAKE),
        date=due.begin[wrong] + DAY,
        is_first=np.zeros(wrong.sum(), dtype=bool),
    )
    return Invoices(
        *(np.concatenate(parts) for parts in zip(regular, prorated, mistakes, strict=True))
    )


def all_tables(
    world: World, people: People, invoices: Invoices, uuid: Array, chance: Chance
) -> dict[str, tables.Columns]:
    """Return the three tables; `uuid` are the accounts' customers."""
    index = (invoices.account, invoices.date, invoices.kind)
    invoice_uuid = np.char.add("inv_", chance.hex("invoice", *index).astype("U36"))
    if not len(invoice_uuid):
        return {name: dict.fromkeys(TABLES[name], ()) for name in _NAMES}
    country = people.country[people.founder[invoices.account]]
    rate = np.array([known.tax for known in names.COUNTRIES])[country]
    return {
        _NAMES[0]: {
            "uuid": invoice_uuid,
            "external_id": tables.prefixed("RE-", chance, "invoice number", *index, chars=10),
            "customer_uuid": uuid[invoices.account],
            "created_ms": invoices.date * 1000,
            "date_s": invoices.date,
            "due_s": invoices.date + 14 * DAY,
            "currency": np.full(len(rate), CURRENCY),
        },
        _NAMES[1]: _line_items(invoices, invoice_uuid, rate, index, chance),
        _NAMES[2]: _transactions(world, invoices, invoice_uuid, rate, index, chance),
    }


_NAMES = ("chartmogul/invoices", "chartmogul/line_items", "chartmogul/transactions")


def _tax(cents: Array, rate: Array) -> Array:
    return np.round(cents * rate).astype(np.int64)


def _line_items(
    invoices: Invoices, invoice_uuid: Array, rate: Array, index: tuple[Array, ...], chance: Chance
) -> tables.Columns:
    count = len(invoice_uuid)
    extra = np.flatnonzero(invoices.set_up_cents)
    row = np.r_[np.arange(count), extra]
    is_extra = np.arange(len(row)) >= count
    place = (*(part[row] for part in index), is_extra.astype(np.int64))
    sub_uuid, sub_external = subscription_ids(chance, invoices.account[row], invoices.run[row])
    net = np.where(is_extra, invoices.set_up_cents[row], invoices.net_cents[row])
    tax = _tax(net, rate[row])

    def of_subscription(values: Array) -> Array:
        return tables.unless(is_extra, values)

    return {
        "invoice_uuid": invoice_uuid[row],
        "uuid": np.char.add("li_", chance.hex("line item", *place).astype("U36")),
        "external_id": tables.prefixed("li-", chance, "line number", *place),
        "type": np.where(is_extra, "one_time", "subscription"),
        "subscription_uuid": of_subscription(sub_uuid),
        "subscription_external_id": of_subscription(sub_external),
        "plan_uuid": of_subscription(plan_uuids(chance)[invoices.plan[row]]),
        "prorated": (invoices.kind[row] == _PRORATED) & ~is_extra,
        "service_period_start_s": np.ma.masked_array(invoices.date[row], mask=is_extra),
        "service_period_end_s": np.ma.masked_array(invoices.until[row], mask=is_extra),
        "amount_cents": net + tax,
        "quantity": np.where(is_extra, 1, invoices.quantity[row]),
        "discount_cents": np.zeros(len(row), dtype=np.int64),
        "tax_cents": tax,
    }


def _transactions(
    world: World,
    invoices: Invoices,
    invoice_uuid: Array,
    rate: Array,
    index: tuple[Array, ...],
    chance: Chance,
) -> tables.Columns:
    total = invoices.net_cents + _tax(invoices.net_cents, rate)
    total += invoices.set_up_cents + _tax(invoices.set_up_cents, rate)
    # the first one is paid in the checkout, or there would be no contract
    due = invoices.date + np.where(invoices.is_first, 0, RENEWAL_SECONDS)
    fails = ~invoices.is_first & (chance.uniform("payment fails", *index) < _FAILS)
    paid = due + np.where(fails, (2 + 3 * chance.uniform("retry", *index)) * DAY, 0).astype(int)
    paid = np.where(invoices.kind == _MISTAKE, NEVER, paid)
    refunded = paid + ((3 + 22 * chance.uniform("refund wait", *index)) * DAY).astype(np.int64)
    refunded = np.where(chance.uniform("refunded", *index) < _REFUNDED, refunded, NEVER)
    rows = np.arange(len(due))
    parts = [
        (rows[fails], due[fails], "payment", "failed"),
        (rows, paid, "payment", "successful"),
        (rows, refunded, "refund", "successful"),
    ]
    row = np.concatenate([part[0] for part in parts])
    date = np.concatenate([part[1] for part in parts])
    which = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    seen = date < world.now
    row, date, which = row[seen], date[seen], which[seen]
    place = (*(part[row] for part in index), which)
    return {
        "invoice_uuid": invoice_uuid[row],
        "uuid": np.char.add("tr_", chance.hex("transaction", *place).astype("U36")),
        "external_id": tables.prefixed("pay-", chance, "transaction number", *place),
        "type": np.array([part[2] for part in parts])[which],
        "date_s": date,
        "result": np.array([part[3] for part in parts])[which],
        "amount_cents": total[row],
    }
