"""What the models of customers' value start from: purchases by day, months paid, and what they end in."""

from __future__ import annotations

from tests.chain.raw import small_world
from tests.chain.test_attribution import rows


def test_purchases_are_days_and_the_first_one_is_no_repeat() -> None:
    # the time held out is the last 91 days: after 31 December 2025
    bought: dict[str | None, list[tuple[str, float | str, str]]] = {
        "mia": [("2025-09-01", 10, "EUR"), ("2025-09-01", 5, "EUR"), ("2025-10-01", 30, "EUR"),
                ("2025-12-31", 50, "EUR"), ("2026-02-01", 99, "EUR"), ("2026-02-01", 1, "EUR")],
        # nothing, something back, other money
        "tom": [("2025-11-01", 20, "EUR"), ("2025-11-08", 0, "EUR"), ("2025-11-15", -5, "EUR"),
                ("2025-11-22", 8, "USD"), ("2025-11-29", "null", "EUR"), ("2025-12-06", 12, "EUR")],
        "new": [("2026-03-31", 7, "EUR")],
        "own": [("2025-09-01", 7, "EUR")],
        None: [("2025-09-01", 7, "EUR")],
    }  # fmt: skip
    orders = [
        f"({'null' if who is None else repr(who)}, timestamptz '{day} 12:00:00+00',"
        f" {amount}::decimal(18, 2), '{currency}')"
        for who, days in bought.items()
        for day, amount, currency in days
    ]
    world = small_world(
        {},
        today="2026-04-01",
        given={
            "int_orders_identified": rows(
                orders, "customer_id, occurred_at, order_amount, currency_code"
            ),
            "int_customers_described": rows(
                ["('mia', false)", "('tom', false)", "('new', null)", "('own', true)"],
                "customer_id, is_internal",
            ),
            "int_currency_reported": "select 'EUR' as currency_code",
        },
        only=["int_purchases_summed"],
    )

    found = world.ask(
        """
        select cut, customer_id, repeat_count, recency_days, age_days, spend_count,
            round(spend_mean, 2), held_out_count
        from intermediate.int_purchases_summed order by all
        """
    )
    assert found == [
        ("held_out", "mia", 2, 121, 121, 2, 40, 1),
        ("held_out", "tom", 5, 35, 60, 1, 12, 0),
        ("now", "mia", 3, 153, 212, 3, 60, 0),
        ("now", "new", 0, 0, 1, 0, None, 0),
        ("now", "tom", 5, 35, 151, 1, 12, 0),
    ]


def test_accounts_have_paid_whole_months_and_left_at_the_end_of_one() -> None:
    changes = [
        # 31 days, then again for 14 days so far
        ("back", "2026-01-01", True), ("back", "2026-02-01", False), ("back", "2026-03-18", True),
        # 59 days so far; on the day that the held out time began it was not there yet
        ("new", "2026-02-01", True),
        # 28 days of February
        ("short", "2026-02-01", True), ("short", "2026-03-01", False),
        ("older", "2025-01-01", True), ("own", "2025-01-01", True),
        # left in the time held out, after 245 days
        ("gone", "2025-06-01", True), ("gone", "2026-02-01", False),
    ]  # fmt: skip
    world = small_world(
        {},
        today="2026-04-01",
        given={
            "int_account_paying_periods": rows(
                [f"('{who}', timestamptz '{day} 00:00:00+00', {pays})" for who, day, pays in changes],
                "account_id, changed_at, is_paying",
            ),
            "int_mrr_movements_of_accounts": "select 'older' as account_id, 'opening' as movement_type",
            "int_accounts_described": rows(
                [f"('{who}', {who == 'own'})" for who in ("back", "new", "short", "older", "own", "gone")],
                "account_id, is_internal",
            ),
            "int_accounts_billed": rows(
                [
                    "('back', 50.00::decimal(18, 2), 'EUR')", "('new', 60.00, 'USD')",
                    "('older', 70.00, 'EUR')",
                ],
                "account_id, mrr_amount, currency_code",
            ),
            "int_currency_reported": "select 'EUR' as currency_code",
        },
        only=["int_account_tenures"],
    )  # fmt: skip

    found = world.ask(
        """
        select cut, account_id, stayed_months, has_left, is_there_after, is_begun_unseen, mrr_amount
        from intermediate.int_account_tenures order by cut, account_id, began_at
        """
    )
    assert found == [
        # on 31 December, 213 days
        ("held_out", "gone", 6, False, False, False, None),
        ("held_out", "older", 11, False, True, True, 70),
        ("now", "back", 1, True, False, False, None),
        ("now", "back", 0, False, True, False, 50),
        ("now", "gone", 8, True, False, False, None),
        ("now", "new", 1, False, True, False, None),
        ("now", "older", 14, False, True, True, 70),
        ("now", "short", 1, True, False, False, None),
    ]


def test_what_channels_customers_are_worth() -> None:
    value = (
        "('{kind}', {customer}, {account}, {amount}::decimal(18, 2), {low}::decimal(18, 2),"
        " {high}::decimal(18, 2), 12::bigint, date '2026-04-01', {reason}, {missing}::bigint)"
    )
    given = [
        ("account", "null", "'a'", 100, 80, 120, "null", "null"),
        ("account", "null", "'b'", 50, 40, 70, "null", "null"),
        ("account", "null", "'c'", "null", "null", "null", "'no_amount'", "null"),
        ("customer", "'mia'", "null", "null", "null", "null", "'too_few_buyers'", 99),
    ]
    names = ("kind", "customer", "account", "amount", "low", "high", "reason", "missing")
    world = small_world(
        {},
        today="2026-04-01",
        given={
            "fct_lifetime_values": rows(
                [value.format(**dict(zip(names, line, strict=True))) for line in given],
                "subject_kind, customer_id, account_id, expected_amount, expected_amount_low,"
                " expected_amount_high, horizon_months, as_of_date, reason, missing_count",
            ),
            "dim_customers": "select 'mia' as customer_id, 'email' as acquisition_channel",
            "dim_accounts": rows(
                ["('a', 'email')", "('b', null)", "('c', 'email')"],
                "account_id, acquisition_channel",
            ),
        },
        only=["mtr_lifetime_values"],
    )

    found = world.ask(
        """
        select subject_kind, channel, subject_count, valued_count, expected_amount::int,
            expected_amount_low::int, expected_amount_high::int, reason, missing_count
        from metrics.mtr_lifetime_values order by all
        """
    )
    assert found == [
        ("account", "all", 3, 2, 150, 120, 190, "no_amount", None),
        ("account", "direct", 1, 1, 50, 40, 70, None, None),
        ("account", "email", 2, 1, 100, 80, 120, "no_amount", None),
        ("customer", "all", 1, 0, None, None, None, "too_few_buyers", 99),
        ("customer", "email", 1, 0, None, None, None, "too_few_buyers", 99),
    ]
