"""Who will leave: how well it would have been told before, and each account's chance."""

from __future__ import annotations

from typing import Any

from dashboards import warehouse


@warehouse.cached
def tests(path: str) -> dict[str, dict[str, Any]]:
    """Return the back-test by group of risk; ``all`` is every look judged."""
    found = warehouse.rows(
        path,
        """
        select
            risk_group, status, missing_count, tested_from_at, look_count, left_count,
            expected_left_count, auc, auc_low, auc_high, horizon_days
        from marts.fct_leaving_tests
        """,
    )
    return {row["risk_group"]: row for row in found}


@warehouse.cached
def chances(path: str) -> list[dict[str, Any]]:
    """Return the accounts that pay today with their chances, the likeliest to leave first.

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
            chances.leaving_chance,
            chances.reason_features,
            accounts.account_name,
            cast(accounts.mrr_amount as double) as mrr_amount,
            accounts.currency_code,
            accounts.plan_name,
            people.customer_id
        from marts.fct_leaving_chances as chances
        inner join marts.dim_accounts as accounts
            on chances.account_id = accounts.account_id
        left join people on chances.account_id = people.account_id
        order by chances.leaving_chance desc, chances.account_id
        """,
    )


@warehouse.cached
def feature_words(path: str) -> dict[str, dict[str, Any]]:
    """Return what each feature is called, by its code."""
    found = warehouse.rows(
        path, "select feature, columns('^label_') from catalogue.driver_candidates"
    )
    return {row["feature"]: row for row in found}
