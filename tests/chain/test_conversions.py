"""What attribution starts from and ends in: conversions, visits, and what channels brought and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chain.raw import small_world
from tests.chain.test_attribution import rows

if TYPE_CHECKING:
    from tests.chain.build import Chain

DESCRIBED = """
    select * from (values ('mia', false), ('tom', false), ('own', true)) as t(customer_id, is_internal)
"""
MEMBERS = "select 'tom' as customer_id, 'linden' as account_id"


def test_what_counts_as_a_conversion_and_of_what_amount() -> None:
    day = "timestamptz '2026-03-{:02} 10:00:00+00'"
    orders = [
        f"('o1', 'mia', null, {day.format(9)}, 20.00, 'EUR')",
        f"('o2', 'mia', null, {day.format(8)}, 35.00, 'EUR')",
        f"('o3', 'own', null, {day.format(8)}, 1.00, 'EUR')",
        f"('o4', null, null, {day.format(1)}, 5.00, 'EUR')",
    ]
    payments = [
        f"('t1', 'c1', 'payment', {day.format(12)}, 49.00, 'USD', 2::bigint)",
        f"('t2', 'c1', 'payment', {day.format(11)}, 119.00, 'EUR', 1::bigint)",
        f"('t3', 'c1', 'payment', {day.format(10)}, 119.00, 'EUR', null)",
    ]
    world = small_world(
        {},
        today="2026-05-01",
        given={
            "int_customers_described": DESCRIBED,
            "int_customer_accounts": MEMBERS,
            "int_customers_touched": rows(
                [f"('mia', {day.format(2)})", f"('own', {day.format(2)})", "('tom', null)"],
                "customer_id, signed_up_at",
            ),
            "int_orders_identified": rows(
                orders, "order_id, customer_id, account_id, occurred_at, order_amount, currency_code"
            ),
            "int_accounts_described": rows(
                ["('linden', false)", "('eiche', false)", "('test', true)"], "account_id, is_internal"
            ),
            "int_accounts_first_paid": rows(
                [f"('{account}', {day.format(11)})" for account in ("linden", "eiche", "test")],
                "account_id, won_at",
            ),
            "int_payments_numbered": rows(
                payments,
                "transaction_id, billing_customer_id, transaction_type, occurred_at, amount,"
                " currency_code, payment_number",
            ),
            "int_account_identifiers": rows(
                ["('c1', 'linden', 'billing_customer_id', 'chartmogul')"],
                "identifier_value, account_id, identifier_type, identifier_namespace",
            ),
            "int_mrr_movements_of_accounts": "select 'eiche' as account_id, 'opening' as movement_type",
        },
        only=["int_conversions_found"],
    )  # fmt: skip

    found = world.ask(
        """
        select conversion_id, day(converted_at), conversion_amount::varchar, currency_code,
            is_attributed
        from intermediate.int_conversions_found order by all
        """
    )
    assert found == [
        ("first_order|mia", 8, "35.00", "EUR", True),
        ("first_order|own", 8, "1.00", "EUR", False),
        # paid before billing tells of it
        ("first_payment|eiche", 11, None, None, False),
        ("first_payment|linden", 11, "119.00", "EUR", True),
        ("first_payment|test", 11, None, None, False),
        ("sign_up|mia", 2, None, None, True),
        ("sign_up|own", 2, None, None, False),
    ]


def test_which_visits_may_have_brought_something_about() -> None:
    day = "timestamptz '2026-03-01 10:00:00+00'"
    seen = {
        "site": ("mixpanel", "tom", "direct"),
        "product": ("mixpanel", "tom", "direct"),
        "link into the product": ("mixpanel", "mia", "email"),
        "slow page of the product": ("mixpanel", "mia", "direct"),
        "form": ("hubspot", "mia", "direct"),
        "own": ("mixpanel", "own", "email"),
    }
    touched = [
        "('site', 'website', true)", "('product', 'app', true)",
        "('link into the product', 'app', true)", "('slow page of the product', 'app', true)",
        "('slow page of the product', 'website', false)", "('form', 'website', true)",
        "('own', 'website', true)", "(null, 'website', true)",
    ]  # fmt: skip
    world = small_world(
        {},
        today="2026-05-01",
        given={
            "int_customers_described": DESCRIBED,
            "int_customer_accounts": MEMBERS,
            "int_sessions_built": rows(
                [
                    f"('{name}', '{source}', '{person}', '{channel}', {day})"
                    for name, (source, person, channel) in seen.items()
                ],
                "session_id, source, customer_id, acquisition_channel, started_at",
            ),
            "int_touchpoints_sessionized": rows(touched, "session_id, channel, is_interaction"),
        },
        only=["int_attribution_exposures"],
    )

    assert world.ask(
        """
        select session_id, customer_id, account_id, acquisition_channel
        from intermediate.int_attribution_exposures order by all
        """
    ) == [("link into the product", "mia", None, "email"), ("site", "tom", "linden", "direct")]


@pytest.fixture(scope="module")
def months() -> Chain:
    """Return the figures of two months in which two channels brought and cost something."""
    credit = (
        "('{kind}|{who}', '{kind}', timestamptz '{day} 10:00:00+00', '{model}', '{channel}',"
        " {credit}::decimal(18, 12), {amount}::decimal(18, 4), '{currency}')"
    )
    given = [
        ("first_payment", "a", "2026-02-10", "last_non_direct", "email", 0.25, 25, "EUR"),
        ("first_payment", "a", "2026-02-10", "last_non_direct", "social", 0.75, 75, "EUR"),
        ("first_payment", "b", "2026-02-28", "last_non_direct", "social", 1, 40, "USD"),
        ("first_payment", "a", "2026-02-10", "linear", "email", 1, 100, "EUR"),
        ("sign_up", "m", "2026-03-01", "last_non_direct", "social", 1, "null", "EUR"),
        ("first_order", "m", "2026-03-02", "last_non_direct", "social", 1, 10, "EUR"),
    ]
    names = ("kind", "who", "day", "model", "channel", "credit", "amount", "currency")
    return small_world(
        {},
        today="2026-05-01",
        given={
            "fct_attribution_credits": rows(
                [credit.format(**dict(zip(names, line, strict=True))) for line in given],
                "conversion_id, conversion_kind, occurred_at, attribution_model, channel, credit,"
                " credited_amount, currency_code",
            ),
            "fct_marketing_daily": rows(
                [
                    "(date '2026-02-01', 'social', 200.0::decimal(18, 6), 'EUR')",
                    "(date '2026-02-02', 'social', 100.0::decimal(18, 6), 'EUR')",
                    "(date '2026-02-03', 'social', 999.0::decimal(18, 6), 'USD')",
                    "(date '2026-02-03', 'ads', 50.0::decimal(18, 6), 'EUR')",
                    "(date '2026-02-03', 'email', null, null)",
                ],
                "reported_date, channel, spend_amount, currency_code",
            ),
            "int_currency_reported": "select 'EUR' as currency_code",
        },
        only=["mtr_attribution_monthly"],
    )


def test_what_channels_brought_stands_beside_what_they_cost(months: Chain) -> None:
    assert months.ask(
        """
        select month(period_start), channel, credited_count, credited_amount, conversion_count,
            spend_amount
        from metrics.mtr_attribution_monthly
        where conversion_kind = 'first_payment' and attribution_model = 'last_non_direct'
        order by all
        """
    ) == [
        (2, "ads", 0, None, 0, 50),
        (2, "email", 0.25, 25, 1, None),
        # the dollars are left out, of what was paid and of what was spent
        (2, "social", 1.75, 75, 2, 300),
    ]


def test_how_far_a_channels_place_depends_on_the_model() -> None:
    credit = (
        "({days}, 'sign_up', '{model}', 'sign_up|{who}', '{channel}', {credit}::decimal(18, 12))"
    )
    given = [
        # first: email 2, social 1, referral 0; last: email 1, social 1, referral 1
        (30, "first", "a", "email", 1), (30, "first", "b", "email", 1),
        (30, "first", "c", "social", 1), (30, "first", "c", "referral", 0),
        (30, "last", "a", "email", 1), (30, "last", "b", "social", 1),
        (30, "last", "c", "referral", 1),
        # in a week only one conversion has a visit before it
        (7, "first", "a", "email", 1), (7, "first", "b", "unmapped", 1),
        (7, "last", "a", "email", 1), (7, "last", "b", "unmapped", 1),
    ]  # fmt: skip
    names = ("days", "model", "who", "channel", "credit")
    world = small_world(
        {},
        today="2026-05-01",
        given={
            "int_attribution_credits": rows(
                [credit.format(**dict(zip(names, line, strict=True))) for line in given],
                "window_days, conversion_kind, attribution_model, conversion_id, channel, credit",
            )
        },
        only=["mtr_attribution_stability"],
    )

    found = world.ask(
        """
        select channel, setting_count, conversion_count, round(credit_share_low, 4),
            round(credit_share_high, 4), rank_best, rank_worst
        from metrics.mtr_attribution_stability order by 1
        """
    )
    assert found == [
        ("email", 4, 2, 0.3333, 1, 1, 1),
        ("referral", 4, 1, 0, 0.3333, 1, 3),
        ("social", 4, 1, 0, 0.3333, 1, 2),
    ]
