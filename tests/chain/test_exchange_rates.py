"""Amounts in other currencies: converted at the last rate known on their day, and left out without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.billing import Billing
from tests.chain.raw import small_world
from tests.chain.test_attribution import rows

if TYPE_CHECKING:
    from tests.chain.build import Chain


def rate(currency: str, day: str, value: str, to: str = "EUR") -> dict[str, Any]:
    return {
        "currency_code": currency,
        "to_currency_code": to,
        "rate_date": day,
        "exchange_rate": value,
        "rate_source": "invented",
    }


RATES = [
    rate("USD", "2026-02-01", "0.9"),
    rate("USD", "2026-02-10", "0.8"),
    # into another currency than that of the figures, and the figures' own
    rate("CHF", "2026-01-01", "1.1", to="USD"),
    rate("EUR", "2026-01-01", "2"),
    # no rate at all
    rate("SEK", "2026-01-01", "0"),
    rate("KWD", "2026-01-01", "300"),
]


@pytest.fixture(scope="module")
def orders() -> Chain:
    """Return the month's figures of orders in several currencies."""
    given = [
        ("2026-02-15 12:00", "100.00", "EUR"),
        # before the first rate, on the day of a rate in Berlin, the day before the next one, and after it
        ("2026-01-31 12:00", "10.00", "USD"),
        ("2026-01-31 23:30", "20.00", "USD"),
        ("2026-02-09 12:00", "30.00", "USD"),
        ("2026-02-28 12:00", "40.05", "USD"),
        ("2026-02-15 12:00", "50.00", "CHF"),
        ("2026-02-15 12:00", "60.00", "SEK"),
        # larger than an amount may be
        ("2026-02-15 12:00", "99999999999999.99", "KWD"),
    ]
    return small_world(
        {},
        today="2026-04-01",
        seeds={"fx_rates": RATES},
        given={
            "fct_orders": rows(
                [
                    f"('o{number}', null::varchar, timestamptz '{moment}:00+00',"
                    f" {amount}::decimal(18, 2), '{currency}')"
                    for number, (moment, amount, currency) in enumerate(given)
                ],
                "order_id, customer_id, occurred_at, order_amount, currency_code",
            ),
            "int_currency_reported": "select 'EUR' as currency_code",
            "dim_customers": "select null::varchar as customer_id, false as is_internal,"
            " null::varchar as acquisition_channel, null::varchar as persona where false",
            "dim_accounts": "select null::varchar as account_id,"
            " null::varchar as acquisition_channel where false",
            "fct_invoices": "select null::varchar as account_id, null::timestamptz as occurred_at,"
            " 0::decimal(18, 2) as net_amount, 0::decimal(18, 2) as paid_amount,"
            " 0::decimal(18, 2) as refunded_amount, null::varchar as currency_code where false",
            "fct_touchpoints": "select null::varchar as account_id, null::varchar as touchpoint,"
            " null::timestamptz as occurred_at where false",
        },
        only=["mtr_commerce_monthly"],
    )


def test_an_amount_counts_at_the_last_rate_of_its_day(orders: Chain) -> None:
    found = orders.ask(
        """
        select month(period_start), numerator, sample_size from metrics.mtr_commerce_monthly
        where metric = 'order_revenue' and channel = 'all' and persona = 'all' order by 1
        """
    )

    # 100 + 20 · 0.9 + 30 · 0.9 + 40.05 · 0.8; all others are in no sum, as the one of January
    assert found == [(2, pytest.approx(177.04), 4)]
    assert orders.ask(
        "select sum(numerator) from metrics.mtr_commerce_monthly"
        " where metric = 'orders' and channel = 'all' and persona = 'all'"
    ) == [(8,)]


def test_what_the_rate_made_of_mrr_stands_apart_from_what_customers_did() -> None:
    billing = (
        Billing()
        .customer("euro")
        .customer("dollar")
        .moves("euro", ("2026-01-05", "new_biz", 50, 50), ("2026-02-05", "expansion", 1, 51),
               ("2026-02-06", "expansion", 1, 52), ("2026-02-07", "expansion", 1, 53))
        .moves("dollar", ("2026-01-05", "new_biz", 100, 100), ("2026-03-10", "expansion", 20, 120),
               ("2026-04-10", "churn", -120, 0), currency="USD")
    )  # fmt: skip
    months = [
        rate("USD", "2026-02-15", "0.8"),
        rate("USD", "2026-03-31", "0.9"),
        rate("USD", "2026-05-01", "0.5"),
    ]
    world = small_world(
        billing.raw,
        today="2026-05-02",
        seeds={"fx_rates": months},
        only=["fct_mrr_other_currencies"],
    )

    found = world.ask(
        """
        select month(period_start), mrr_amount::int, exchange_rate::double,
            reported_mrr_amount::double, reported_movement_amount::double,
            exchange_rate_amount::double
        from marts.fct_mrr_other_currencies order by 1
        """
    )
    assert found == [
        # no rate is known yet
        (1, 100, None, None, None, 0),
        (2, 100, 0.8, 80, 0, None),
        # 20 more at 0.9, and 0.1 on the 100 that were there: 80 + 18 + 10 = 108
        (3, 120, 0.9, 108, 18, 10),
        # it left 120 at 0.9
        (4, 0, 0.9, 0, -108, 0),
    ]
