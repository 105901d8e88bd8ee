"""MRR of accounts: what a movement is for the company that makes it, whatever billing shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.chain.billing import Billing
from tests.chain.raw import small_world

if TYPE_CHECKING:
    from tests.chain.build import Chain

PARTS = ("start", "new", "expansion", "contraction", "churn", "reactivation", "end")
# one billing customer of a company ends, another of it begins
SAME_DAY, OTHER_ORDER = ("2026-04-15", "2026-04-15"), ("2026-04-15", "2026-04-15T08:00:00+00:00")
GAP, OVERLAP = ("2026-04-15", "2026-04-18"), ("2026-04-18", "2026-04-15")
MOVES = {"same_day": SAME_DAY, "other_order": OTHER_ORDER, "gap": GAP, "overlap": OVERLAP}
METRICS = ("mtr_revenue_monthly", "mtr_retention_monthly", "fct_retention_cohorts")
# a company is the account of its billing customers: who belongs to whom is tested elsewhere
COMPANY = "payload ->> '$.attributes.custom.hubspot_company_id'"
ACCOUNTS = {
    "int_account_identifiers": f"""
        select
            {COMPANY} as account_id,
            'billing_customer_id' as identifier_type,
            'chartmogul' as identifier_namespace,
            external_id as identifier_value,
        from raw_chartmogul.customers
    """,
    "dim_accounts": f"""
        select distinct {COMPANY} as account_id, null::varchar as acquisition_channel
        from raw_chartmogul.customers
    """,
}


def moves(billing: Billing, company: str, ends: str, begins: str, after: float = 100) -> None:
    """Add a company that ends with one billing customer and begins with another."""
    old, new = f"{company}_old", f"{company}_new"
    billing.customer(old, company).customer(new, company)
    billing.moves(old, ("2025-01-10", "new_biz", 100, 100), (ends, "churn", -100, 0))
    billing.moves(new, (begins, "new_biz", after, after))


@pytest.fixture(scope="module")
def accounts() -> Chain:
    """Build many companies, each of which does one thing."""
    billing = Billing()
    for name, (ends, begins) in MOVES.items():
        moves(billing, name, ends, begins)
    moves(billing, "grows", "2026-04-15", "2026-04-17", after=120)
    moves(billing, "over_months", "2026-04-29", "2026-05-02")
    moves(billing, "returns", "2026-04-10", "2026-04-25")
    billing.customer("w1", "contracts").moves("w1", ("2025-01-10", "new_biz", 400, 400))
    billing.customer("w2", "contracts").moves(
        "w2", ("2025-02-10", "new_biz", 50, 50), ("2026-05-10", "churn", -50, 0)
    )
    billing.customer("w3", "contracts").moves("w3", ("2026-06-12", "new_biz", 30, 30))
    for number in ("t1", "t2"):
        billing.customer(number, "together").moves(
            number, ("2026-02-10", "new_biz", 50, 50), ("2026-05-10", "churn", -50, 0)
        )
    # two subscriptions from before the first movement, each told with its own MRR
    billing.customer("older").moves(
        "older", ("2026-02-05", "contraction", -50, 0), ("2026-03-05", "churn", -100, 0)
    )
    for name, churned in (("rate_up", 92.55), ("rate_down", 91.40)):
        billing.customer(name).moves(
            name, ("2026-01-05", "new_biz", 92, 92), ("2026-03-05", "churn", -churned, 0)
        )
    return built(billing, "2026-07-01")


def built(billing: Billing, today: str, **variables: Any) -> Chain:
    """Return the models of revenue on a billing account; the bridge holds in each of them."""
    chain = small_world(billing.raw, today=today, only=METRICS, given=ACCOUNTS, **variables)
    assert chain.failing("sum_to_mrr") == {}
    return chain


def month(chain: Chain, company: str, period: str) -> dict[str, float]:
    """Return a company's month: the amounts that are not zero."""
    columns = ", ".join(f"cast(mrr_{part}_amount as double)" for part in PARTS)
    (row,) = chain.ask(
        f"""
        select {columns}
        from marts.fct_mrr_monthly
        where period_start = ? and account_id = ?
        """,
        f"{period}-01",
        company,
    )
    return {part: amount for part, amount in zip(PARTS, row, strict=True) if amount}


def metric(chain: Chain, name: str, period: str) -> tuple[float, float | None]:
    """Return numerator and denominator of a metric of the whole company in a month."""
    (row,) = chain.ask(
        """
        select numerator, denominator
        from (
            from metrics.mtr_revenue_monthly union all by name from metrics.mtr_retention_monthly
        )
        where metric = ? and period_start = ? and channel = 'all'
        """,
        name,
        f"{period}-01",
    )
    numerator, denominator = row
    return numerator, denominator


@pytest.mark.parametrize("name", MOVES)
def test_a_company_that_changes_its_billing_system_does_not_move(
    accounts: Chain, name: str
) -> None:
    assert month(accounts, name, "2026-04") == {"start": 100, "end": 100}


def test_what_a_change_of_the_billing_system_leaves_over_is_an_expansion(accounts: Chain) -> None:
    assert month(accounts, "grows", "2026-04") == {"start": 100, "expansion": 20, "end": 120}


def test_a_change_of_the_billing_system_over_the_end_of_a_month_is_no_churn(
    accounts: Chain,
) -> None:
    # the MRR of a month is what billing says at its end; nobody has left or is new
    assert month(accounts, "over_months", "2026-04") == {"start": 100, "contraction": 100}
    assert month(accounts, "over_months", "2026-05") == {"expansion": 100, "end": 100}
    assert accounts.ask(
        "select is_active from marts.fct_mrr_monthly "
        "where account_id = 'over_months' and period_start = date '2026-04-01'"
    ) == [(True,)]


def test_who_comes_back_after_more_than_a_few_days_had_left(accounts: Chain) -> None:
    assert month(accounts, "returns", "2026-04") == {
        "start": 100, "churn": 100, "reactivation": 100, "end": 100,
    }  # fmt: skip


def test_one_of_two_contracts_that_ends_is_a_contraction_and_a_further_one_an_expansion(
    accounts: Chain,
) -> None:
    found = {period: month(accounts, "contracts", period) for period in
             ("2025-01", "2025-02", "2026-05", "2026-06")}  # fmt: skip

    assert found == {
        "2025-01": {"new": 400, "end": 400},
        "2025-02": {"start": 400, "expansion": 50, "end": 450},
        "2026-05": {"start": 450, "contraction": 50, "end": 400},
        "2026-06": {"start": 400, "expansion": 30, "end": 430},
    }
    # the vendor's words stay beside ours
    assert accounts.ask(
        "select vendor_movement_type, cast(vendor_mrr_change_amount as double) "
        "from marts.fct_mrr_movements where movement_type = 'contraction' "
        "and occurred_at::date = date '2026-05-10'"
    ) == [("churn", -50)]


def test_contracts_that_begin_or_end_together_are_one_win_and_one_loss(accounts: Chain) -> None:
    assert month(accounts, "together", "2026-02") == {"new": 100, "end": 100}
    assert month(accounts, "together", "2026-05") == {"start": 100, "churn": 100}


def test_mrr_is_never_below_zero_where_earlier_movements_are_not_known(accounts: Chain) -> None:
    assert month(accounts, "older", "2025-01") == {"start": 150, "end": 150}
    assert month(accounts, "older", "2026-02") == {"start": 150, "contraction": 50, "end": 100}
    assert month(accounts, "older", "2026-03") == {"start": 100, "churn": 100}


@pytest.mark.parametrize("name", ["rate_up", "rate_down"])
def test_a_drifting_rate_leaves_nothing_over_once_the_customer_has_left(
    accounts: Chain, name: str
) -> None:
    assert month(accounts, name, "2026-03") == {"start": 92, "churn": 92}


def test_how_many_days_a_move_may_take_is_a_variable() -> None:
    billing = Billing()
    moves(billing, "returns", "2026-04-10", "2026-04-25")

    chain = built(billing, "2026-07-01", billing_move_days=20)

    assert month(chain, "returns", "2026-04") == {"start": 100, "end": 100}


def test_churn_rate_logo_churn_and_gross_retention_agree() -> None:
    billing = (
        Billing()
        .customer("returns")
        .moves(
            "returns",
            ("2026-01-10", "new_biz", 100, 100),
            ("2026-02-05", "churn", -100, 0),
            ("2026-02-25", "reactivation", 80, 80),
        )
        .customer("one", "contracts")
        .moves("one", ("2026-01-10", "new_biz", 400, 400))
        .customer("two", "contracts")
        .moves("two", ("2026-01-12", "new_biz", 50, 50), ("2026-02-10", "churn", -50, 0))
    )

    chain = built(billing, "2026-04-01")

    assert metric(chain, "logo_churn_rate", "2026-02") == (0, 2)
    assert metric(chain, "logo_retention_rate", "2026-02") == (2, 2)
    assert metric(chain, "mrr_churn_rate", "2026-02") == (20 + 50, 550)
    assert metric(chain, "gross_revenue_retention_rate", "2026-02") == (550 - 70, 550)
    assert metric(chain, "mrr_churn", "2026-02") == (100, None)
    assert metric(chain, "mrr_contraction", "2026-02") == (50, None)


def haselhof(**settings: Any) -> Billing:
    """Return a company that pays nothing for two months, and one that always pays."""
    return (
        Billing(**settings)
        .customer("haselhof")
        .customer("ilexweg")
        .moves(
            "haselhof",
            ("2025-12-01", "new_biz", 80, 80),
            ("2026-02-05", "contraction", -80, 0),
            ("2026-04-05", "expansion", 80, 80),
        )
        .moves("ilexweg", ("2025-12-01", "new_biz", 50, 50))
    )


def test_a_full_discount_keeps_the_customer_by_default() -> None:
    chain = built(haselhof(churn_when_zero_mrr="ignore"), "2026-05-02")

    assert metric(chain, "logo_churn_rate", "2026-02") == (0, 2)
    assert metric(chain, "logo_churn_rate", "2026-03") == (0, 2)
    assert metric(chain, "paying_accounts", "2026-03") == (2, None)
    assert month(chain, "haselhof", "2026-02") == {"start": 80, "contraction": 80}
    assert month(chain, "haselhof", "2026-04") == {"expansion": 80, "end": 80}


def test_a_full_discount_ends_the_customer_where_the_account_says_so() -> None:
    chain = built(haselhof(churn_when_zero_mrr=True), "2026-05-02")

    assert metric(chain, "logo_churn_rate", "2026-02") == (1, 2)
    assert metric(chain, "paying_accounts", "2026-03") == (1, None)
    assert month(chain, "haselhof", "2026-02") == {"start": 80, "churn": 80}
    assert month(chain, "haselhof", "2026-04") == {"reactivation": 80, "end": 80}


def test_what_was_sold_before_the_first_movement_known_is_an_opening_balance() -> None:
    billing = (
        Billing()
        .customer("altkunde", **{"customer-since": "2018-05-01T09:00:00+00:00"})
        .customer("neukunde")
        .moves("altkunde", ("2026-03-05", "churn", -100, 0))
        .moves("neukunde", ("2020-02-05", "new_biz", 50, 50))
        # the vendor's figures tell of a month before the first movement
        .told(m_2020_01_31=(100,), m_2026_02_28=(150,), m_2026_03_31=(50,))
    )

    chain = built(billing, "2026-04-02")

    found = {period: metric(chain, "mrr", period)[0] for period in
             ("2020-01", "2020-02", "2026-02", "2026-03")}  # fmt: skip
    assert found == {"2020-01": 100, "2020-02": 150, "2026-02": 150, "2026-03": 50}
    assert metric(chain, "logo_churn_rate", "2026-03") == (1, 2)
    assert month(chain, "altkunde", "2026-03") == {"start": 100, "churn": 100}
    # nobody knows how its first months went: it is in no cohort
    assert chain.ask(
        "select distinct cohort_month::varchar, cohort_size from marts.fct_retention_cohorts"
    ) == [("2020-02-01", 1)]
