"""The company a person belongs to: what it pays, its people, invoices and deals."""

from __future__ import annotations

from typing import Any

from dashboards import warehouse

ROWS_AT_MOST = 24


@warehouse.cached
def facts(path: str, account_id: str) -> dict[str, Any]:
    """Return the account's row."""
    return warehouse.rows(
        path,
        "from marts.dim_accounts where account_id = $account_id",
        {"account_id": account_id},
    )[0]


@warehouse.cached
def value(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return what came in so far by currency: the account's payments and the person's orders."""
    return warehouse.rows(
        path,
        """
        with paid as (
            select
                invoices.paid_amount - invoices.refunded_amount as amount,
                invoices.currency_code
            from marts.dim_customers as customers
            inner join marts.fct_invoices as invoices
                on customers.account_id = invoices.account_id
            where customers.customer_id = $customer_id
            union all
            select order_amount as amount, currency_code
            from marts.fct_orders
            where customer_id = $customer_id
        )

        select cast(sum(amount) as double) as amount, currency_code
        from paid
        where amount != 0
        group by all
        order by amount desc
        """,
        {"customer_id": customer_id},
    )


@warehouse.cached
def mrr_by_month(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return what an account paid per month at the end of each month, oldest first."""
    return warehouse.rows(
        path,
        """
        select period_start, cast(mrr_end_amount as double) as mrr_amount, currency_code
        from marts.fct_mrr_monthly
        where account_id = $account_id
        order by period_start
        """,
        {"account_id": account_id},
    )


@warehouse.cached
def movements(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return the changes of an account's subscription, planned ones included, newest first."""
    return warehouse.rows(
        path,
        """
        select
            occurred_at, movement_type, plan_name, is_scheduled,
            cast(mrr_change_amount as double) as mrr_change_amount,
            cast(mrr_after_amount as double) as mrr_after_amount,
            currency_code
        from marts.fct_mrr_movements
        where account_id = $account_id
        order by occurred_at desc, movement_id
        limit $limit
        """,
        {"account_id": account_id, "limit": ROWS_AT_MOST + 1},
    )


@warehouse.cached
def invoices(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return an account's invoices, newest first."""
    return warehouse.rows(
        path,
        """
        select
            occurred_at,
            cast(net_amount as double) as net_amount,
            cast(tax_amount as double) as tax_amount,
            cast(total_amount as double) as total_amount,
            cast(due_amount as double) as due_amount,
            cast(paid_amount as double) as paid_amount,
            cast(refunded_amount as double) as refunded_amount,
            currency_code
        from marts.fct_invoices
        where account_id = $account_id
        order by occurred_at desc, invoice_id
        limit $limit
        """,
        {"account_id": account_id, "limit": ROWS_AT_MOST + 1},
    )


@warehouse.cached
def deals(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return an account's deals, newest first."""
    return warehouse.rows(
        path,
        """
        select
            created_at, deal_name, deal_stage, owner_name,
            cast(deal_amount as double) as deal_amount, currency_code
        from marts.fct_deals
        where account_id = $account_id
        order by created_at desc, deal_id
        limit $limit
        """,
        {"account_id": account_id, "limit": ROWS_AT_MOST + 1},
    )


@warehouse.cached
def orders(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return a person's orders, newest first."""
    return warehouse.rows(
        path,
        """
        select
            occurred_at, source_order_id, cast(quantity as double) as quantity,
            cast(order_amount as double) as order_amount, currency_code
        from marts.fct_orders
        where customer_id = $customer_id
        order by occurred_at desc, order_id
        limit $limit
        """,
        {"customer_id": customer_id, "limit": ROWS_AT_MOST + 1},
    )
