"""What an account pays and since when it counts as won, through the whole chain on one world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.billing import Billing
from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain

MODELS = (
    "dim_accounts",
    "dim_customers",
    "fct_account_states",
    "fct_invoices",
    "bridge_account_values",
    "fct_journeys",
    "mtr_journey_monthly",
    "fct_retention_cohorts",
)
EVA = "u_eva"


def event(number: int, name: str, moment: str) -> dict[str, Any]:
    """Return one of Eva's events, who came by an ad."""
    return {
        "event_key": f"e{number}",
        "event": name,
        "occurred_at": moment,
        "distinct_id": EVA,
        "properties": {
            "$user_id": EVA,
            "utm_source": "google",
            "utm_medium": "cpc",
            "$current_url": "https://x.example/pricing",
        },
    }


@pytest.fixture(scope="module")
def world() -> Chain:
    """Build companies that pay in their own ways."""
    billing = (
        Billing()
        # no invoice at all: a subscription kept by hand
        .customer("handverlesen")
        .moves("handverlesen", ("2026-02-20", "new_biz", 200, 200))
        # billed in dollars, the account counts in euros
        .customer("kiefernweg")
        .moves("kiefernweg", ("2026-01-05", "new_biz", 92, 92))
        .customer("both")
        .moves("both", ("2026-01-05", "new_biz", 50, 50))
        .invoice("both", "2026-01-05", 59.50, tax=9.50)
        .invoice("both", "2026-02-05", 59.50, tax=9.50, paid=20)
        .invoice("both", "2026-03-05", 700, "USD")
        # pays nothing for two months
        .customer("haselhof")
        .moves(
            "haselhof",
            ("2025-12-01", "new_biz", 80, 80),
            ("2026-02-05", "contraction", -80, 0),
            ("2026-04-05", "expansion", 80, 80),
        )
        # sold before the first movement that is known
        .customer("altkunde", **{"customer-since": "2018-05-01T09:00:00+00:00"})
        .moves("altkunde", ("2026-03-05", "churn", -100, 0))
    )
    for month in ("01", "02", "03", "04"):
        billing.invoice("kiefernweg", f"2026-{month}-05", 100, "USD")
    raw: dict[str, Any] = dict(billing.raw)
    raw["hubspot.contacts"] = [
        {
            "id": "6411",
            "created_at": "2026-02-01 08:00:00+00:00",
            "updated_at": "2026-02-01 08:00:00+00:00",
            "archived": False,
            "properties": {"email": "eva@handverlesen.example", "nordlicht_user_id": EVA},
        }
    ]
    raw["mixpanel.export_events"] = [
        event(0, "Page Viewed", "2026-02-01 08:00:00+00:00"),
        event(1, "Signed Up", "2026-02-02 08:00:00+00:00"),
        event(2, "Report Viewed", "2026-02-21 08:00:00+00:00"),
    ]
    chain = small_world(raw, today="2026-07-02", only=MODELS)
    for check in ("assert_states_end", "assert_derived_values", "assert_joins", "sum_to_mrr"):
        assert chain.failing(check) == {}
    return chain


def account(chain: Chain, company: str, *columns: str) -> tuple[Any, ...]:
    """Return columns of an account."""
    (row,) = chain.ask(
        f"select {', '.join(columns)} from marts.dim_accounts where crm_company_id = ?",
        company,
    )
    return row


def test_who_pays_without_an_invoice_is_won_on_the_day_on_which_mrr_begins(world: Chain) -> None:
    assert world.ask(
        "select outcome, ended_at::date::varchar from marts.fct_journeys "
        "where journey_type = 'acquisition'"
    ) == [("converted", "2026-02-20")]
    assert world.ask(
        "select numerator, denominator from metrics.mtr_journey_monthly "
        "where metric = 'acquisition_conversion_rate' and channel = 'paid_search' and persona = 'all'"
    ) == [(1, 1)]
    assert account(world, "handverlesen", "acquisition_channel", "first_payment_at") == (
        "paid_search",
        None,
    )


def test_what_was_paid_in_another_currency_is_told_in_it(world: Chain) -> None:
    columns = ("paid_amount::double", "paid_currency_code", "currency_code",
               "other_paid_currency_codes")  # fmt: skip

    assert account(world, "kiefernweg", *columns) == (400, "USD", "EUR", [])
    # in both: that of the MRR, and that there is another one
    assert account(world, "both", *columns) == (79.50, "EUR", "EUR", ["USD"])
    assert world.ask(
        """
        select states.paid_amount::double
        from marts.fct_account_states as states
        inner join marts.dim_accounts as accounts using (account_id)
        where accounts.crm_company_id = 'kiefernweg' and states.is_current
        """
    ) == [(400,)]
    assert world.ask(
        """
        select attribute_value from marts.bridge_account_values as stated
        inner join marts.dim_accounts as accounts using (account_id)
        where accounts.crm_company_id = 'kiefernweg' and attribute = 'paid_amount'
        """
    ) == [("400.00",)]


def test_an_invoice_adds_up(world: Chain) -> None:
    assert world.ask(
        """
        select net_amount::double, tax_amount::double, total_amount::double,
            paid_amount::double, due_amount::double
        from marts.fct_invoices
        where currency_code = 'EUR'
        order by occurred_at
        """
    ) == [(50, 9.50, 59.50, 59.50, 0), (50, 9.50, 59.50, 20, 39.50)]


def test_who_pays_nothing_for_the_moment_has_not_left(world: Chain) -> None:
    assert world.ask(
        """
        select valid_from::varchar, states.is_paying, states.churned_at
        from marts.fct_account_states as states
        inner join marts.dim_accounts as accounts using (account_id)
        where accounts.crm_company_id = 'haselhof' and valid_from >= date '2025-12-01'
        order by valid_from
        """
    ) == [("2025-12-01", True, None), ("2026-02-05", True, None), ("2026-04-05", True, None)]


def test_who_was_a_customer_before_the_first_movement_is_known_since_then(world: Chain) -> None:
    assert account(
        world, "altkunde", "customer_since::date::varchar", "is_paying", "churned_at::date::varchar"
    ) == ("2018-05-01", False, "2026-03-05")
