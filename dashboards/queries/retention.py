"""Who stays: cohorts of paying accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards import warehouse

if TYPE_CHECKING:
    from datetime import date


@warehouse.cached
def cohorts(path: str, first: date) -> list[dict[str, Any]]:
    """Return the cohorts since a month, by months since their first payment.

    Months that were not over when the data was taken are left out: nothing has been retained yet.
    """
    return warehouse.rows(
        path,
        """
        select
            cohort_month, months_since, cohort_size, retained_count,
            cast(cohort_mrr_amount as double) as cohort_mrr_amount,
            cast(retained_mrr_amount as double) as retained_mrr_amount
        from marts.fct_retention_cohorts
        where is_complete and cohort_month >= $first
        order by cohort_month, months_since
        """,
        {"first": first},
    )


@warehouse.cached
def cohort_months(path: str) -> list[date]:
    """Return the months in which accounts began to pay, newest first."""
    found = warehouse.rows(
        path,
        "select distinct cohort_month from marts.fct_retention_cohorts order by cohort_month desc",
    )
    return [row["cohort_month"] for row in found]


@warehouse.cached
def milestones(path: str, first: date) -> list[dict[str, Any]]:
    """Return how many accounts of the cohorts since a month still paid after so many months.

    Only cohorts that are old enough count; ``youngest`` is the last of them.
    """
    return warehouse.rows(
        path,
        """
        select
            metric,
            cast(sum(numerator) as bigint) as retained,
            cast(sum(denominator) as bigint) as accounts,
            max(period_start) as youngest
        from metrics.mtr_retention_monthly
        where
            metric like 'retention_month_%' and channel = 'all' and persona = 'all'
            and period_start >= $first
            and coalesce(ripe_from <= (select as_of from catalogue.about), true)
        group by all
        """,
        {"first": first},
    )


@warehouse.cached
def revenue_milestones(path: str, first: date) -> list[dict[str, Any]]:
    """Return what the cohorts since a month paid after so many months, and at first.

    The same cohorts and months as ``milestones``, so that both speak of the same accounts.
    """
    return warehouse.rows(
        path,
        """
        select
            'retention_month_' || months_since || '_rate' as metric,
            cast(sum(retained_mrr_amount) as double) as retained,
            cast(sum(cohort_mrr_amount) as double) as whole
        from marts.fct_retention_cohorts
        where is_complete and cohort_month >= $first
        group by all
        """,
        {"first": first},
    )
