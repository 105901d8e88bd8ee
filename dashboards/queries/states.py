"""What was true of a person and the account on a given day, derived from dated facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards import warehouse

if TYPE_CHECKING:
    from datetime import date


@warehouse.cached
def of_customer(path: str, customer_id: str, day: date) -> dict[str, Any] | None:
    """Return the state of a person at the end of a day; None where nobody knew the person yet."""
    found = warehouse.rows(
        path,
        """
        select
            valid_from, journey_phase, touchpoint_count, conversation_count,
            open_conversation_count, order_count, last_nps_score, last_csat_score,
            last_ces_score, active_days_28, product_last_used_at, has_email_marketing_consent,
            has_analytics_consent, has_publication_consent
        from marts.fct_customer_states
        where
            customer_id = $customer_id and valid_from <= $day and (valid_to > $day or is_current)
        """,
        {"customer_id": customer_id, "day": day},
    )
    return found[0] if found else None


@warehouse.cached
def of_account(path: str, account_id: str, day: date) -> dict[str, Any] | None:
    """Return the state of an account at the end of a day; None where it was not known yet."""
    found = warehouse.rows(
        path,
        """
        select
            states.valid_from, states.is_paying, states.customer_since, states.churned_at,
            states.plan_name, cast(states.mrr_amount as double) as mrr_amount,
            cast(states.paid_amount as double) as paid_amount, states.person_count,
            states.active_person_count_28, states.seat_count, states.renews_at,
            states.health_score, states.health_status, accounts.currency_code,
            accounts.paid_currency_code
        from marts.fct_account_states as states
        inner join marts.dim_accounts as accounts
            on states.account_id = accounts.account_id
        where
            states.account_id = $account_id and states.valid_from <= $day
            and (states.valid_to > $day or states.is_current)
        """,
        {"account_id": account_id, "day": day},
    )
    return found[0] if found else None


@warehouse.cached
def first_day(path: str, customer_id: str) -> date | None:
    """Return the day from which a person is known."""
    found = warehouse.rows(
        path,
        """
        select valid_from
        from marts.fct_customer_states
        where customer_id = $customer_id
        order by valid_from
        limit 1
        """,
        {"customer_id": customer_id},
    )
    return found[0]["valid_from"] if found else None
