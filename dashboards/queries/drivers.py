"""What affects retention: the findings, what is held constant, and the accounts behind."""

from __future__ import annotations

from typing import Any

from dashboards import warehouse


@warehouse.cached
def findings(path: str) -> list[dict[str, Any]]:
    """Return every finding with the words of its candidate, the largest effects first."""
    return warehouse.rows(
        path,
        """
        select
            found.* exclude (
                reach_mrr_amount, worth_mrr_amount, worth_mrr_low_amount,
                worth_mrr_high_amount
            ),
            cast(found.reach_mrr_amount as double) as reach_mrr_amount,
            cast(found.worth_mrr_amount as double) as worth_mrr_amount,
            cast(found.worth_mrr_low_amount as double) as worth_mrr_low_amount,
            cast(found.worth_mrr_high_amount as double) as worth_mrr_high_amount,
            words.unit,
            columns('^(label|good|bad)_[a-z]{2}$')
        from marts.fct_retention_drivers as found
        inner join catalogue.driver_candidates as words on found.feature = words.feature
        order by
            found.status = 'found' desc, abs(found.effect) desc nulls last,
            found.missing_count, found.retention_driver_id
        """,
    )


@warehouse.cached
def held_constant(path: str) -> list[dict[str, Any]]:
    """Return the candidates that are not asked about, each with its role and reason."""
    return warehouse.rows(
        path,
        """
        select role, columns('^(label|reason)_')
        from catalogue.driver_candidates
        where role in ('confounder', 'collider')
        order by role desc, label_en
        """,
    )


@warehouse.cached
def accounts(path: str, retention_driver_id: str) -> list[dict[str, Any]]:
    """Return the accounts on the worse side of a candidate, the best paying first.

    Each with a person known by name, where there is one.
    """
    return warehouse.rows(
        path,
        """
        with people as (
            select account_id, min(customer_id) as customer_id
            from marts.dim_customers
            where is_identified
            group by all
        )

        select
            accounts.account_id,
            accounts.account_name,
            cast(accounts.mrr_amount as double) as mrr_amount,
            accounts.currency_code,
            accounts.plan_name,
            people.customer_id
        from marts.bridge_retention_driver_accounts as concerned
        inner join marts.dim_accounts as accounts
            on concerned.account_id = accounts.account_id
        left join people on accounts.account_id = people.account_id
        where concerned.retention_driver_id = $driver
        order by accounts.mrr_amount desc nulls last, accounts.account_id
        """,
        {"driver": retention_driver_id},
    )
