"""What channels brought and cost in the worked example's May, and what its customers are worth.

Ten accounts paid for the first time in May: six and a half came by search ads, which cost 1,300, three by
mail, and half of one by social ads, which cost 90.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.dashboards.warehouse_fixture import Rows

MAY = date(2026, 5, 1)
EVERY = {"grain": "month", "journey_step": "all", "journey_phase": "all", "persona": "all"}


def rows() -> Rows:
    """Return the tables that the page Marketing reads alone."""
    return {
        "metrics.mtr_attribution_monthly": [
            brought("paid_search", 6.5, 7, 2600, 1300),
            brought("email", 3, 3, 240, None),
            brought("paid_social", 0.5, 1, 60, 90),
            brought("email", 10, 10, 2900, None, attribution_model="first"),
            brought("email", 4, 4, None, None, conversion_kind="sign_up"),
        ],
        "metrics.mtr_attribution_stability": [
            place("paid_search", (1, 2), (0.3, 0.65)),
            place("email", (1, 3), (0.05, 1)),
            place("paid_social", (2, 3), (0, 0.05)),
        ],
        "metrics.mtr_web_monthly": [
            {**EVERY, "metric": "visits", "period_start": MAY, "channel": channel,
             "numerator": count, "sample_size": count}
            for channel, count in (("paid_search", 130), ("email", 40), ("all", 170))
        ],
        "metrics.mtr_marketing_monthly": [
            {**EVERY, "metric": name, "period_start": MAY, "channel": "all", "numerator": count,
             "denominator": whole, "sample_size": 200, "ripe_from": ripe}
            for name, count, whole, ripe in (
                ("emails_sent", 200, None, date(2026, 6, 1)),
                ("email_open_rate", 80, 200, date(2026, 6, 8)),
            )
        ],
        "metrics.mtr_lifetime_values": [
            worth("email", 10, 12_000, 10_000, 15_000),
            worth("direct", 2, 900, 700, 1_000),
            worth("all", 12, 12_900, 10_700, 16_000),
            {"subject_kind": "customer", "channel": "all", "subject_count": 20, "valued_count": 0,
             "horizon_months": 12, "reason": "too_few_buyers", "missing_count": 80},
        ],
        "marts.fct_lifetime_checks": [
            {"subject_kind": "account", "bucket": "all", "held_out_months": 3,
             "expected_count": 9.4, "actual_count": 9},
        ],
    }  # fmt: skip


def brought(
    channel: str, credited: float, conversions: int, revenue: float | None, spend: float | None,
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return a row of mtr_attribution_monthly."""
    return {
        "period_start": MAY,
        "conversion_kind": "first_payment",
        "attribution_model": "last_non_direct",
        "channel": channel,
        "credited_count": credited,
        "credited_amount": revenue,
        "conversion_count": conversions,
        "spend_amount": spend,
        **more,
    }


def place(
    channel: str, ranks: tuple[int, int], shares: tuple[float, float]
) -> dict[str, Any]:  # fmt: skip
    """Return a row of mtr_attribution_stability."""
    return {
        "conversion_kind": "first_payment",
        "channel": channel,
        "setting_count": 30,
        "credit_share_low": shares[0],
        "credit_share_high": shares[1],
        "rank_best": ranks[0],
        "rank_worst": ranks[1],
    }


def worth(channel: str, count: int, amount: int, low: int, high: int) -> dict[str, Any]:
    """Return a row of mtr_lifetime_values about accounts."""
    return {
        "subject_kind": "account",
        "channel": channel,
        "subject_count": count,
        "valued_count": count,
        "expected_amount": amount,
        "expected_amount_low": low,
        "expected_amount_high": high,
        "horizon_months": 12,
    }
