"""Which rows the monthly figures are counted from, and which of their columns are watched.

Only keys, dates, codes and measures are watched. No name, address or text of a person is kept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Watched:
    """A published table whose rows make up monthly figures.

    Attributes:
        model: Its name in the schema ``marts``.
        key: The column that names a row.
        month_of: The column (a moment or the first day of a month) that puts a row into its month.
        columns: What is compared beside the key and the month.
        measures: Those of the columns whose sums are compared too.
    """

    model: str
    key: str
    month_of: str
    columns: tuple[str, ...]
    measures: tuple[str, ...] = ()

    def has_person(self) -> bool:
        """Return whether rows belong to persons, who may be the company's own."""
        return "customer_id" in (self.key, *self.columns)


AMOUNTS = tuple(
    f"mrr_{part}_amount"
    for part in ("end", "start", "new", "expansion", "contraction", "churn", "reactivation")
)

BILLED = ("net_amount", "paid_amount", "refunded_amount")
REPORTED = ("impression_count", "click_count", "spend_amount", "conversion_count")

WATCHED = {
    watched.model: watched
    for watched in (
        Watched(
            "fct_mrr_monthly",
            key="account_month_id",
            month_of="period_start",
            columns=("account_id", *AMOUNTS, "currency_code", "is_active", "is_complete"),
            measures=AMOUNTS,
        ),
        Watched(
            "fct_touchpoints",
            key="touchpoint_id",
            month_of="occurred_at",
            columns=(
                "customer_id",
                "account_id",
                "source",
                "channel",
                "touchpoint",
                "journey_step",
                "journey_phase",
                "direction",
            ),
        ),
        Watched(
            "dim_customers",
            key="customer_id",
            month_of="first_seen_at",
            columns=("acquisition_channel",),
        ),
        Watched(
            "fct_conversations",
            key="conversation_id",
            month_of="started_at",
            columns=(
                "customer_id",
                "source",
                "conversation_type",
                "channel",
                "first_response_seconds",
                "resolution_seconds",
                "first_response_business_seconds",
                "resolution_business_seconds",
                "is_first_response_in_target",
                "is_resolution_in_target",
                "contact_cost_amount",
                "is_missed",
            ),
            measures=("first_response_seconds", "resolution_seconds", "contact_cost_amount"),
        ),
        Watched(
            "fct_matters",
            key="matter_id",
            month_of="started_at",
            columns=(
                "customer_id",
                "source",
                "outcome",
                "contact_count",
                "channel_switch_count",
                "contact_cost_amount",
            ),
            measures=("contact_count", "contact_cost_amount"),
        ),
        Watched(
            "fct_phase_entries",
            key="phase_entry_id",
            month_of="entered_at",
            columns=("customer_id", "source", "journey_phase", "channel"),
        ),
        Watched(
            "fct_journeys",
            key="journey_id",
            month_of="started_at",
            columns=("customer_id", "source", "journey_type", "outcome"),
        ),
        Watched(
            "fct_survey_answers",
            key="answer_id",
            month_of="answered_at",
            columns=("customer_id", "source", "question_kind", "score_100", "nps_group", "channel"),
            measures=("score_100",),
        ),
        Watched(
            "fct_survey_invitations",
            key="survey_invitation_id",
            month_of="invited_at",
            columns=("customer_id", "source", "question_kind", "channel", "is_answered"),
        ),
        Watched(
            "fct_orders",
            key="order_id",
            month_of="occurred_at",
            columns=("customer_id", "source", "order_amount", "currency_code"),
            measures=("order_amount",),
        ),
        Watched(
            "fct_invoices",
            key="invoice_id",
            month_of="occurred_at",
            columns=("account_id", "source", *BILLED, "currency_code"),
            measures=BILLED,
        ),
        Watched(
            "fct_deals",
            key="deal_id",
            month_of="occurred_at",
            columns=(
                "customer_id",
                "source",
                "deal_amount",
                "currency_code",
                "is_closed",
                "is_won",
            ),
            measures=("deal_amount",),
        ),
        Watched(
            "fct_bookings",
            key="booking_id",
            month_of="occurred_at",
            columns=("customer_id", "source", "status", "channel"),
        ),
        Watched(
            "fct_sessions",
            key="session_id",
            month_of="started_at",
            columns=("customer_id", "source", "duration_seconds", "touchpoint_count"),
            measures=("touchpoint_count",),
        ),
        Watched(
            "fct_marketing_daily",
            key="marketing_day_id",
            month_of="reported_date",
            columns=("source", "channel", "campaign_id", *REPORTED, "currency_code"),
            measures=REPORTED,
        ),
        Watched(
            "fct_step_feedback",
            key="step_feedback_id",
            month_of="occurred_at",
            columns=(
                "customer_id",
                "source",
                "feedback_kind",
                "channel",
                "journey_step",
                "score_100",
                "nps_group",
                "sentiment_score",
            ),
            measures=("score_100",),
        ),
        Watched(
            "fct_journey_transitions",
            key="transition_id",
            month_of="occurred_at",
            columns=(
                "customer_id",
                "journey_id",
                "from_step",
                "to_step",
                "from_channel",
                "touchpoint_count",
                "seconds_between",
            ),
            measures=("touchpoint_count", "seconds_between"),
        ),
        Watched(
            "fct_attribution_credits",
            key="attribution_credit_id",
            month_of="occurred_at",
            columns=(
                "customer_id",
                "account_id",
                "conversion_kind",
                "attribution_model",
                "channel",
                "credit",
                "credited_amount",
                "currency_code",
            ),
            measures=("credited_amount",),
        ),
    )
}
