"""What affects retention in the worked example, and who will leave, as the marts hold it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.dashboards.warehouse_fixture import Rows

NOTHING = Decimal(0)
TABLES = {
    "marts.fct_retention_drivers": """
        retention_driver_id varchar, segment_kind varchar, segment varchar, feature varchar,
        feature_level varchar, feature_role varchar, cut_value double, status varchar,
        row_count bigint, account_count bigint, good_count bigint, good_left_count bigint,
        bad_count bigint, bad_left_count bigint, missing_count bigint, unadjusted_effect double,
        effect double, effect_low double, effect_high double, p_value double, q_value double,
        e_value double, e_value_limit double, overlap_rate double, needed_account_count bigint,
        alike_features varchar[], reach_account_count bigint, reach_mrr_amount decimal(38, 2),
        worth_mrr_amount decimal(38, 2), worth_mrr_low_amount decimal(38, 2),
        worth_mrr_high_amount decimal(38, 2), horizon_days integer, method_version varchar
    """,
    "marts.bridge_retention_driver_accounts": "retention_driver_id varchar, account_id varchar",
    "marts.fct_leaving_tests": """
        risk_group varchar, status varchar, missing_count bigint, tested_from_at timestamptz,
        look_count bigint, left_count bigint, expected_left_count double, auc double,
        auc_low double, auc_high double, brier_skill double, horizon_days integer
    """,
    "marts.fct_leaving_chances": """
        account_id varchar, leaving_chance double, reason_features varchar[],
        horizon_days integer, told_on date
    """,
}


def finding(feature: str, status: str, **more: Any) -> dict[str, Any]:
    """Return a row of fct_retention_drivers on all accounts."""
    level = more.get("feature_level") or ""
    return {
        "retention_driver_id": f"all|all|{feature}|{level}",
        "segment_kind": "all",
        "segment": "all",
        "feature": feature,
        "feature_role": "driver",
        "status": status,
        "row_count": 400,
        "account_count": 210,
        "good_count": 200,
        "good_left_count": 20,
        "bad_count": 200,
        "bad_left_count": 40,
        "unadjusted_effect": 0.1,
        "alike_features": [],
        "reach_account_count": 0,
        "horizon_days": 90,
        "method_version": "1",
        **more,
    }


def effect(value: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    """Return the columns of a candidate that was not refused."""
    return {
        "effect": value, "effect_low": low, "effect_high": high, "p_value": 0.001, "q_value": 0.01,
        "e_value": 3.0, "e_value_limit": 1.8, "overlap_rate": 1.0, "needed_account_count": 190,
        "reach_mrr_amount": NOTHING, "worth_mrr_amount": NOTHING, "worth_mrr_low_amount": NOTHING,
        "worth_mrr_high_amount": NOTHING, **more,
    }  # fmt: skip


def judged(group: str, looks: int, left: int, expected: float) -> dict[str, Any]:
    """Return a group of the back-test of who leaves."""
    return {
        "risk_group": group, "status": "tested", "look_count": looks, "left_count": left,
        "expected_left_count": expected, "auc": 0.714, "auc_low": 0.62, "auc_high": 0.8,
        "brier_skill": 0.05, "horizon_days": 90,
        "tested_from_at": datetime(2026, 1, 14, 23, 30, tzinfo=UTC),
    }  # fmt: skip


def rows() -> Rows:
    """Return the findings, and the account behind the first."""
    onboarding = finding(
        "has_booked_onboarding",
        "found",
        **effect(
            0.084, 0.021, 0.147, reach_account_count=1, reach_mrr_amount=Decimal(100),
            worth_mrr_amount=Decimal("8.40"), worth_mrr_low_amount=Decimal("2.10"),
            worth_mrr_high_amount=Decimal("14.70"),
        ),
    )  # fmt: skip
    return {
        "marts.fct_retention_drivers": [
            onboarding,
            # the side that was expected to leave stays, and two that are one
            finding(
                "campaign_mail_count", "found", cut_value=3.0, unadjusted_effect=-0.02,
                **{**effect(-0.05, -0.09, -0.01, e_value_limit=1.1),
                   "alike_features": ["has_booked_onboarding"]},
            ),
            finding(
                "first_response_minutes", "not_found", cut_value=60.0,
                **effect(0.031, -0.02, 0.082, needed_account_count=1234),
            ),
            finding(
                "acquisition_channel", "not_found", feature_level="referral",
                **effect(0.0001, -0.05, 0.05, needed_account_count=10_000_000),
            ),
            finding("nps_score", "found", feature_role="mediator", cut_value=75.0,
                    **effect(0.06, 0.02, 0.1, reach_account_count=2, reach_mrr_amount=Decimal(250))),
            finding("has_failed_payment", "too_few", missing_count=6),
            finding("has_held_session", "too_few", missing_count=1),
            finding("has_activated", "no_overlap", overlap_rate=0.5),
            {**finding("slow_page_rate", "not_found", cut_value=0.05, **effect(0.07, -0.01, 0.15)),
             "retention_driver_id": "paying_age|later|slow_page_rate|",
             "segment_kind": "paying_age", "segment": "later"},
        ],
        "marts.bridge_retention_driver_accounts": [
            {"retention_driver_id": onboarding["retention_driver_id"], "account_id": "ostwind"},
        ],
        "marts.fct_leaving_tests": [
            judged("all", 300, 30, 27.6), judged("low", 100, 3, 4.0),
            judged("middle", 100, 9, 8.6), judged("high", 100, 18, 15.0),
        ],
        "marts.fct_leaving_chances": [
            {"account_id": "ostwind", "leaving_chance": 0.42, "horizon_days": 90,
             "reason_features": ["has_booked_onboarding", "slow_page_rate"]},
            {"account_id": "nordwind", "leaving_chance": 0.07, "horizon_days": 90,
             "reason_features": []},
        ],
    }  # fmt: skip
