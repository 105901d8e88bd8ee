"""A company whose billing tells MRR in two currencies: nothing stops, and nothing wrong is summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chain.billing import Billing
from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain


@pytest.fixture(scope="module")
def world() -> Chain:
    """Return a company in euros of which one customer pays in dollars, and another in both."""
    billing = (
        Billing()
        .customer("euro")
        .customer("dollar", mrr=92)
        .customer("both")
        .moves("euro", ("2026-01-05", "new_biz", 50, 50))
        .moves("dollar", ("2026-02-05", "new_biz", 100, 100), currency="USD")
        .moves("both", ("2026-01-10", "new_biz", 30, 30))
        # the account's own words for a second billing customer of the same company
        .customer("both-too", company="both")
        .moves("both-too", ("2026-02-10", "new_biz", 70, 70), ("2026-03-10", "churn", -70, 0),
               currency="USD")
    )  # fmt: skip
    return small_world(billing.raw, today="2026-04-02")


def test_mrr_is_that_of_the_companys_currency_and_every_account_is_counted(world: Chain) -> None:
    assert world.ask(
        """
        select strftime(period_start, '%m'), metric, numerator
        from metrics.mtr_revenue_monthly
        where channel = 'all' and metric in ('mrr', 'mrr_new', 'paying_accounts')
            and period_start between date '2026-01-01' and date '2026-03-01'
        order by all
        """
    ) == [
        ("01", "mrr", 80), ("01", "mrr_new", 80), ("01", "paying_accounts", 2),
        ("02", "mrr", 80), ("02", "mrr_new", 0), ("02", "paying_accounts", 3),
        ("03", "mrr", 80), ("03", "mrr_new", 0), ("03", "paying_accounts", 3),
    ]  # fmt: skip


def test_what_is_in_no_sum_is_named_with_who_pays_it(world: Chain) -> None:
    assert world.ask(
        """
        select strftime(period_start, '%m'), record_id, currency_code, mrr_amount::int,
            movement_count
        from marts.fct_mrr_other_currencies
        where period_start < date '2026-04-01' order by all
        """
    ) == [
        ("02", "both-too", "USD", 70, 1),
        ("02", "dollar", "USD", 100, 1),
        ("03", "both-too", "USD", 0, 1),
        ("03", "dollar", "USD", 100, 0),
    ]


def test_figures_that_lack_an_amount_are_marked_and_those_of_accounts_are_not(
    world: Chain,
) -> None:
    assert world.ask(
        """
        select strftime(period_start, '%m'), amount::int, currency_code
        from marts.fct_metric_warnings
        where metric = 'mrr' and warning = 'other_currency' and period_start < date '2026-04-01'
        order by 1
        """
    ) == [("02", 170, "USD"), ("03", 100, "USD")]
    assert world.ask(
        "select count(*) from marts.fct_metric_warnings where metric = 'paying_accounts'"
    ) == [(0,)]


def test_no_check_stops_what_is_downstream(world: Chain) -> None:
    assert world.failing("mrr", warnings=False) == {}
    assert world.failing("currenc", warnings=False) == {}
    assert world.failing("keep_every", warnings=False) == {}
    assert world.failing("one_currency") == {"assert_mrr_has_one_currency": 5}


def test_where_nothing_is_in_the_accounts_currency_most_movements_tell_it() -> None:
    billing = (
        Billing(currency="EUR")
        .customer("a")
        .moves("a", ("2026-01-05", "new_biz", 40, 40), currency="CHF")
    )
    world = small_world(
        billing.raw, today="2026-03-02", only=["fct_mrr_monthly", "fct_mrr_other_currencies"]
    )
    assert world.ask(
        "select distinct mrr_end_amount::int, currency_code from marts.fct_mrr_monthly"
    ) == [(40, "CHF")]
    assert world.ask("select count(*) from marts.fct_mrr_other_currencies") == [(0,)]
