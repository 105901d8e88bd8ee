"""What channels brought and cost under a model, how sure that is, and what customers are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards import warehouse

if TYPE_CHECKING:
    from datetime import date


@warehouse.cached
def models(path: str) -> list[dict[str, Any]]:
    """Return the attribution models in their order, with labels and definitions."""
    return warehouse.rows(
        path,
        """
        select attribution_model, is_default, columns('^(label|definition)_')
        from marts.dim_attribution_models
        order by model_order, attribution_model
        """,
    )


@warehouse.cached
def kinds(path: str) -> set[str]:
    """Return the kinds of conversion that anybody has made."""
    found = warehouse.rows(
        path, "select distinct conversion_kind from metrics.mtr_attribution_monthly"
    )
    return {row["conversion_kind"] for row in found}


@warehouse.cached
def by_channel(path: str, kind: str, model: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return what each channel brought and cost in a period, the one that brought most first."""
    return warehouse.rows(
        path,
        """
        select
            channel,
            cast(sum(credited_count) as double) as credited,
            cast(sum(conversion_count) as bigint) as conversions,
            cast(sum(credited_amount) as double) as revenue,
            cast(sum(spend_amount) as double) as spend
        from metrics.mtr_attribution_monthly
        where
            conversion_kind = $kind and attribution_model = $model
            and period_start between $first and $last
        group by channel
        order by credited desc, channel
        """,
        {"kind": kind, "model": model, "first": first, "last": last},
    )


@warehouse.cached
def by_month(path: str, kind: str, model: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return what was credited to each channel, month by month."""
    return warehouse.rows(
        path,
        """
        select period_start, channel, cast(credited_count as double) as credited
        from metrics.mtr_attribution_monthly
        where
            conversion_kind = $kind and attribution_model = $model
            and period_start between $first and $last and credited_count > 0
        order by period_start, channel
        """,
        {"kind": kind, "model": model, "first": first, "last": last},
    )


@warehouse.cached
def stability(path: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return by channel between which places and shares it lies over all models and windows."""
    found = warehouse.rows(
        path,
        """
        select
            channel, setting_count, credit_share_low, credit_share_high, rank_best, rank_worst
        from metrics.mtr_attribution_stability
        where conversion_kind = $kind
        order by rank_best, rank_worst, channel
        """,
        {"kind": kind},
    )
    return {row["channel"]: row for row in found}


@warehouse.cached
def lifetime_values(path: str) -> list[dict[str, Any]]:
    """Return what is expected of customers and accounts by channel, the largest first, ``all`` last."""
    return warehouse.rows(
        path,
        """
        select
            subject_kind, channel, subject_count, valued_count,
            cast(expected_amount as double) as expected_amount,
            cast(expected_amount_low as double) as expected_amount_low,
            cast(expected_amount_high as double) as expected_amount_high,
            horizon_months, reason, missing_count
        from metrics.mtr_lifetime_values
        order by subject_kind, channel = 'all', expected_amount desc nulls last, channel
        """,
    )


@warehouse.cached
def lifetime_checks(path: str) -> list[dict[str, Any]]:
    """Return what was expected of the last months, and what came."""
    return warehouse.rows(
        path,
        """
        select subject_kind, held_out_months, expected_count, actual_count
        from marts.fct_lifetime_checks
        order by subject_kind, bucket
        """,
    )
