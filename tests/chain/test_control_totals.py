"""ChartMogul's own figures against ours: what its rules explain, and what is left over to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.chain.billing import Billing
from tests.chain.raw import small_world
from tests.chain.test_mrr import ACCOUNTS, haselhof

if TYPE_CHECKING:
    from tests.chain.build import Chain


def totals(billing: Billing, today: str) -> Chain:
    """Return the control totals of a billing account."""
    return small_world(
        billing.raw,
        today=today,
        only=["fct_control_total_records", "fct_metric_warnings"],
        given=ACCOUNTS,
    )


def compared(chain: Chain, metric: str) -> list[tuple[Any, ...]]:
    """Return month, ours, theirs, rate, history, setting and rest of a figure that differs."""
    return chain.ask(
        """
        select
            strftime(period_start, '%Y-%m'), our_value::double, their_value::double,
            exchange_rate_value::double, history_value::double, setting_value::double,
            unexplained_value::double
        from marts.fct_control_totals
        where metric = ? and difference_value != 0
        order by period_start
        """,
        metric,
    )


def records(chain: Chain, metric: str) -> list[tuple[Any, ...]]:
    """Return the records behind a difference: month, cause, billing customer, amount."""
    return chain.ask(
        """
        select strftime(period_start, '%Y-%m'), cause, record_id, amount::double
        from marts.fct_control_total_records
        where metric = ?
        order by all
        """,
        metric,
    )


def warned(chain: Chain) -> set[str]:
    """Return the metrics that a warning touches."""
    return {name for (name,) in chain.ask("select metric from marts.fct_metric_warnings")}


def kiefernweg() -> Billing:
    """Return a customer that pays in another currency than the account's."""
    billing = Billing().customer("k").moves("k", ("2026-01-05", "new_biz", 92, 92))
    for month in ("01", "02", "03", "04"):
        billing.invoice("k", f"2026-{month}-05", 100, "USD")
    return billing


def test_a_drift_of_the_exchange_rate_is_explained_without_any_movement() -> None:
    billing = kiefernweg().told(
        m_2026_01_31=(92.00, 92, 0, 0, 0, 0),
        m_2026_02_28=(91.40, 0, 0, 0, 0, 0),
        m_2026_03_31=(93.10, 0, 0, 0, 0, 0),
        m_2026_04_30=(92.55, 0, 0, 0, 0, 0),
    )

    chain = totals(billing, "2026-05-02")

    assert compared(chain, "mrr") == [
        ("2026-02", 92, 91.40, -0.60, 0, 0, 0),
        ("2026-03", 92, 93.10, 1.10, 0, 0, 0),
        ("2026-04", 92, 92.55, 0.55, 0, 0, 0),
    ]
    assert records(chain, "mrr") == [
        ("2026-02", "exchange_rate", "k", -0.60),
        ("2026-03", "exchange_rate", "k", 1.10),
        ("2026-04", "exchange_rate", "k", 0.55),
    ]
    assert warned(chain) == set()


def test_only_what_the_rate_leaves_over_warns_and_names_month_customer_and_amount() -> None:
    billing = (
        kiefernweg()
        .customer("other", mrr=3000)
        .moves("other", ("2026-01-07", "new_biz", 20, 20))
        .told(
            # an expansion of 10 in March that no activity tells
            m_2026_01_31=(112, 112, 0, 0, 0, 0),
            m_2026_02_28=(111.40, 0, 0, 0, 0, 0),
            m_2026_03_31=(121.40, 0, 10, 0, 0, 0),
        )
    )

    chain = totals(billing, "2026-04-02")

    assert compared(chain, "mrr") == [
        ("2026-02", 112, 111.40, -0.60, 0, 0, 0),
        ("2026-03", 112, 121.40, -0.60, 0, 0, 10),
    ]
    assert compared(chain, "mrr_expansion") == [("2026-03", 0, 10, 0, 0, 0, 10)]
    assert ("2026-03", "unexplained", "other", 10) in records(chain, "mrr")
    assert warned(chain) == {
        "mrr", "mrr_churn_rate", "net_revenue_retention_rate", "gross_revenue_retention_rate",
        "mrr_expansion",
    }  # fmt: skip
    assert chain.failing("control_total") == {"assert_control_totals_are_explained": 2}
    assert chain.failing("metric_warnings") == {}


def test_what_the_rate_had_made_of_who_left_is_explained_as_well() -> None:
    billing = (
        Billing()
        .customer("k")
        .moves("k", ("2026-01-05", "new_biz", 92, 92), ("2026-03-05", "churn", -92.55, 0))
        .told(
            m_2026_01_31=(92, 92, 0, 0, 0, 0),
            m_2026_02_28=(92.55, 0, 0, 0, 0, 0),
            m_2026_03_31=(0, 0, 0, 0, -92.55, 0),
        )
    )

    chain = totals(billing, "2026-04-02")

    assert compared(chain, "mrr") == [("2026-02", 92, 92.55, 0.55, 0, 0, 0)]
    assert compared(chain, "mrr_churn") == []


def test_customers_without_mrr_are_explained_by_the_accounts_setting() -> None:
    billing = haselhof(churn_when_zero_mrr="ignore").counted(
        m_2025_12_31=2, m_2026_01_31=2, m_2026_02_28=2, m_2026_03_31=2, m_2026_04_30=2
    )

    chain = totals(billing, "2026-05-02")

    assert compared(chain, "customers") == [
        ("2026-02", 1, 2, 0, 0, 1, 0),
        ("2026-03", 1, 2, 0, 0, 1, 0),
    ]
    assert records(chain, "customers") == [
        ("2026-02", "setting", "haselhof", 1),
        ("2026-03", "setting", "haselhof", 1),
    ]
    assert warned(chain) == set()


def test_they_are_not_where_the_account_says_that_they_have_left() -> None:
    billing = haselhof(churn_when_zero_mrr=True).counted(m_2026_01_31=2, m_2026_02_28=2)

    chain = totals(billing, "2026-05-02")

    assert compared(chain, "customers") == [("2026-02", 1, 2, 0, 0, 0, 1)]
    assert [row[:3] for row in records(chain, "customers")] == [
        ("2026-02", "unexplained", "haselhof")
    ]
    assert warned(chain) == {"paying_accounts", "logo_churn_rate", "logo_retention_rate"}


def test_an_account_that_sold_before_the_first_movement_loaded_agrees() -> None:
    billing = (
        Billing()
        .customer("altkunde")
        .customer("silent", mrr=700, **{"customer-since": "2017-01-01T00:00:00+00:00"})
        .customer("neukunde")
        .moves("altkunde", ("2026-03-05", "churn", -100, 0))
        .moves("neukunde", ("2020-02-05", "new_biz", 50, 50))
        .told(m_2026_02_28=(157,), m_2026_03_31=(57,))
        .counted(m_2026_02_28=3, m_2026_03_31=2)
    )

    chain = totals(billing, "2026-04-02")

    assert compared(chain, "mrr") == []
    assert compared(chain, "customers") == []


def test_what_no_record_tells_of_the_time_before_is_explained_by_the_history() -> None:
    billing = (
        Billing()
        .customer("neukunde")
        .moves("neukunde", ("2026-02-05", "new_biz", 50, 50))
        .told(m_2026_01_31=(80, 0, 0, 0, 0, 0), m_2026_02_28=(130, 50, 0, 0, 0, 0))
    )

    chain = totals(billing, "2026-03-02")

    assert compared(chain, "mrr") == [
        ("2026-01", 0, 80, 0, 80, 0, 0),
        ("2026-02", 50, 130, 0, 80, 0, 0),
    ]
    assert warned(chain) == set()


def test_figures_without_movements_are_compared_all_the_same() -> None:
    billing = (
        Billing()
        .customer("c")
        .moves("c", ("2026-01-05", "new_biz", 50, 50))
        .told(m_2026_01_31=(50,), m_2026_02_28=(60,))
    )

    chain = totals(billing, "2026-03-02")

    assert compared(chain, "mrr") == [("2026-02", 50, 60, 0, 0, 0, 10)]
