"""What customers pay, order and sign."""

from __future__ import annotations

from tests.proof.in_words.asking import (
    ACCOUNTS,
    IN_OWN,
    MONTH,
    NUMBERED,
    PAYS,
    cohort,
    counted,
    of_accounts,
    of_bills,
    of_movements,
    share,
)

QUERIES = {
    "mrr": f"select period_start, sum(mrr_end_amount), null from {ACCOUNTS} group by all",
    "mrr_new": of_movements("new"),
    "mrr_expansion": of_movements("expansion"),
    "mrr_contraction": of_movements("contraction", "-"),
    "mrr_churn": of_movements("churn", "-"),
    "mrr_reactivation": of_movements("reactivation"),
    "paying_accounts": f"""
        select period_start, count(*) filter (where {PAYS}), null from {ACCOUNTS} group by all
    """,
    "logo_churn_rate": of_accounts(f"count(*) filter (where not {PAYS})", "count(*)"),
    "logo_retention_rate": of_accounts(f"count(*) filter (where {PAYS})", "count(*)"),
    "mrr_churn_rate": of_accounts(
        "sum(greatest(mrr_start_amount - mrr_end_amount, 0))", "sum(mrr_start_amount)"
    ),
    "gross_revenue_retention_rate": of_accounts(
        "sum(least(mrr_start_amount, mrr_end_amount))", "sum(mrr_start_amount)"
    ),
    "net_revenue_retention_rate": of_accounts("sum(mrr_end_amount)", "sum(mrr_start_amount)"),
    **{f"retention_month_{age}_rate": cohort(age) for age in (1, 3, 6, 12)},
    "average_mrr_per_account": f"""
        select period_start, sum(mrr_end_amount), count(*) filter (where {PAYS})
        from {ACCOUNTS} group by all
    """,
    "mrr_net_new": """
        select period_start, sum(mrr_change_amount), null
        from marts.fct_mrr_movements where not is_scheduled group by all
    """,
    "mrr_quick_ratio": """
        select
            period_start,
            coalesce(sum(mrr_change_amount) filter (
                where movement_type in ('new', 'expansion', 'reactivation')), 0),
            -coalesce(sum(mrr_change_amount) filter (
                where movement_type in ('contraction', 'churn')), 0)
        from marts.fct_mrr_movements where not is_scheduled group by all
    """,
    "orders": counted("occurred_at", "marts.fct_orders"),
    "order_revenue": counted("occurred_at", "marts.fct_orders", "sum(order_amount)", where=IN_OWN),
    "average_order_value": counted(
        "occurred_at", "marts.fct_orders", "sum(order_amount)", "count(*)", IN_OWN
    ),
    "buyers": counted("occurred_at", "marts.fct_orders", "count(distinct customer_id)"),
    "repeat_order_rate": share(
        "occurred_at", NUMBERED, "earlier_orders > 0", "customer_id is not null"
    ),
    "seconds_between_orders_median": counted(
        "occurred_at",
        NUMBERED,
        "median(floor(epoch(occurred_at) - epoch(previous_at)))",
        where="previous_at is not null",
    ),
    "invoiced_amount": of_bills("sum(net_amount)"),
    "paid_amount": of_bills("sum(paid_amount)"),
    "refunded_amount": of_bills("sum(refunded_amount)"),
    "refund_rate": of_bills("sum(refunded_amount)", "sum(paid_amount)"),
    "payment_failure_rate": f"""
        select {MONTH.format("occurred_at")}, sum((touchpoint = 'payment_failed')::int), count(*)
        from marts.fct_touchpoints, catalogue.about as about
        where touchpoint like '%payment_failed' or touchpoint like '%payment_succeeded'
        group by all
    """,
    "deals_opened": counted("created_at", "marts.fct_deals"),
    "deals_won": counted("closed_at", "marts.fct_deals", where="is_closed and is_won"),
    "deal_win_rate": share("closed_at", "marts.fct_deals", "is_won", "is_closed"),
    "deal_won_amount": counted(
        "closed_at", "marts.fct_deals", "sum(deal_amount)", where=f"is_won and {IN_OWN}"
    ),
    "deal_seconds_to_close_median": counted(
        "closed_at",
        "marts.fct_deals",
        "median(floor(epoch(closed_at) - epoch(created_at)))",
        where="is_closed and closed_at >= created_at",
    ),
}
