"""All accounts with what tells whether one needs somebody, and the story of one of them."""

from __future__ import annotations

from typing import Any

from dashboards import warehouse

ROWS_AT_MOST = 100


@warehouse.cached
def listed(path: str) -> list[dict[str, Any]]:
    """Return every account of customers and prospects, those that need somebody first."""
    return warehouse.rows(
        path,
        """
        select
            accounts.account_id, accounts.account_name, accounts.is_paying,
            accounts.customer_since, accounts.churned_at, accounts.plan_name,
            cast(accounts.mrr_amount as double) as mrr_amount, accounts.currency_code,
            accounts.renews_at, accounts.owner_name, accounts.identified_person_count,
            accounts.usage_score, accounts.support_score, accounts.feedback_score,
            accounts.payment_score, accounts.health_score, accounts.health_status,
            signals.health_change, signals.last_seen_at, signals.last_talk_at,
            signals.open_conversation_count, signals.open_score_count,
            signals.last_nps_score, signals.last_nps_at
        from marts.dim_accounts as accounts
        inner join marts.fct_account_signals as signals
            on accounts.account_id = signals.account_id
        order by
            accounts.is_paying desc nulls last,
            accounts.health_score nulls last, accounts.mrr_amount desc nulls last,
            accounts.account_id
        """,
    )


@warehouse.cached
def people(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return the people of an account, those known by name and last seen first."""
    return warehouse.rows(
        path,
        """
        select
            customer_id, full_name, email, job_title, persona, journey_phase, last_seen_at,
            last_nps_score, open_conversation_count
        from marts.dim_customers
        where account_id = $account_id
        order by is_identified desc, last_seen_at desc nulls last, customer_id
        limit $limit
        """,
        {"account_id": account_id, "limit": ROWS_AT_MOST + 1},
    )


@warehouse.cached
def timeline(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return the newest touchpoints of an account and its people, with whom they were."""
    return warehouse.rows(
        path,
        r"""
        select
            touchpoints.occurred_at, touchpoints.channel, touchpoints.journey_step,
            coalesce(columns('^label_.*$'), names.label_en, touchpoints.touchpoint) as '\0',
            persons.customer_id, persons.full_name, persons.email
        from marts.fct_touchpoints as touchpoints
        left join marts.dim_touchpoints as names
            on touchpoints.source = names.source and touchpoints.touchpoint = names.touchpoint
        left join marts.dim_customers as persons
            on touchpoints.customer_id = persons.customer_id
        where touchpoints.account_id = $account_id or persons.account_id = $account_id
        order by touchpoints.occurred_at desc, touchpoints.touchpoint_id
        limit $limit
        """,
        {"account_id": account_id, "limit": ROWS_AT_MOST + 1},
    )


@warehouse.cached
def conversations(path: str, account_id: str) -> list[dict[str, Any]]:
    """Return the newest conversations of an account, with whom they were."""
    return warehouse.rows(
        path,
        """
        select
            talks.started_at, talks.channel, talks.subject, talks.status,
            talks.first_response_seconds, talks.sentiment,
            persons.customer_id, persons.full_name, persons.email
        from marts.fct_conversations as talks
        left join marts.dim_customers as persons
            on talks.customer_id = persons.customer_id
        where talks.account_id = $account_id or persons.account_id = $account_id
        order by talks.started_at desc, talks.conversation_id
        limit $limit
        """,
        {"account_id": account_id, "limit": ROWS_AT_MOST + 1},
    )
