"""What was true of Anna and Nordwind over time."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.dashboards.worked_example import ANNA, at

if TYPE_CHECKING:
    from tests.dashboards.warehouse_fixture import Rows


def rows() -> Rows:
    """Return three states of Anna, the last of which holds still, and two of Nordwind."""
    known = {"customer_id": ANNA, "conversation_count": 0, "open_conversation_count": 0}
    account = {"account_id": "nordwind", "is_paying": True, "customer_since": at(1, 10)}
    return {
        "marts.fct_customer_states": [
            {
                **known, "valid_from": date(2026, 1, 5), "valid_to": date(2026, 2, 1),
                "is_current": False, "journey_phase": "awareness", "touchpoint_count": 1,
                "order_count": 0, "active_days_28": 0, "has_analytics_consent": True,
            },
            {
                **known, "valid_from": date(2026, 2, 1), "valid_to": date(2026, 5, 30),
                "is_current": False, "journey_phase": "retention", "touchpoint_count": 3,
                "order_count": 0, "active_days_28": 1, "product_last_used_at": at(2, 1),
                "has_analytics_consent": True,
            },
            {
                **known, "valid_from": date(2026, 5, 30), "valid_to": None,
                "is_current": True, "journey_phase": "retention", "touchpoint_count": 5,
                "order_count": 1, "active_days_28": 1, "product_last_used_at": at(5, 30),
                "has_analytics_consent": False, "last_nps_score": 9.0,
            },
        ],
        "marts.fct_account_states": [
            {
                **account, "valid_from": date(2026, 1, 10), "valid_to": date(2026, 3, 10),
                "is_current": False, "plan_name": "Start", "mrr_amount": 100, "paid_amount": 100,
                "person_count": 1, "active_person_count_28": 0, "seat_count": 2,
                "renews_at": at(3, 10), "health_score": 44.5, "health_status": "at_risk",
            },
            {
                **account, "valid_from": date(2026, 3, 10), "valid_to": None,
                "is_current": True, "plan_name": "Team", "mrr_amount": 150, "paid_amount": 630,
                "person_count": 2, "active_person_count_28": 1, "seat_count": 3,
                "renews_at": at(6, 10), "health_score": 72.3, "health_status": "good",
            },
        ],
    }  # fmt: skip
