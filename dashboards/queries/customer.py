"""One person over all systems, with the reasons for each link between identifiers."""

from __future__ import annotations

from typing import Any

from dashboards import warehouse

TOUCHPOINTS_AT_MOST = 500
EVIDENCE_AT_MOST = 500


@warehouse.cached
def profile(path: str, customer_id: str) -> dict[str, Any] | None:
    """Return the customer-360 row with the account's name; a former number finds its person too."""
    found = warehouse.rows(
        path,
        """
        select customers.*, accounts.account_name, accounts.churned_at
        from marts.dim_customers as customers
        left join marts.dim_accounts as accounts
            on customers.account_id = accounts.account_id
        where customers.customer_id = $customer_id
        """,
        {"customer_id": customer_id},
    )
    if found:
        return found[0]
    former = warehouse.rows(
        path,
        """
        select customer_id
        from marts.bridge_customer_aliases
        where alias_id = $customer_id and customer_id != $customer_id
        """,
        {"customer_id": customer_id},
    )
    return profile(path, former[0]["customer_id"]) if former else None


@warehouse.cached
def phases(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return the phases a person has reached, in their order, and when."""
    return warehouse.rows(
        path,
        """
        select journey_phase, entered_at, channel
        from marts.fct_phase_entries
        where customer_id = $customer_id
        order by entered_at, phase_order
        """,
        {"customer_id": customer_id},
    )


@warehouse.cached
def journeys(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return a person's journeys, newest first."""
    return warehouse.rows(
        path,
        """
        select
            journey_type, started_at, ended_at, outcome, touchpoint_count, duration_seconds
        from marts.fct_journeys
        where customer_id = $customer_id
        order by started_at desc, journey_type
        """,
        {"customer_id": customer_id},
    )


@warehouse.cached
def identifiers(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return what the person is known by in each system."""
    return warehouse.rows(
        path,
        """
        select identifier_type, identifier_namespace, identifier_value, first_seen_at
        from marts.bridge_customer_identifiers
        where customer_id = $customer_id
        order by first_seen_at nulls last, identifier_type, identifier_value
        """,
        {"customer_id": customer_id},
    )


@warehouse.cached
def evidence(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return what was seen that ties the person's identifiers together."""
    return warehouse.rows(
        path,
        """
        select
            left_type, left_value, right_type, right_value, source, kind,
            first_seen_at, last_seen_at, evidence_count
        from marts.bridge_identity_evidence
        where customer_id = $customer_id
        order by first_seen_at nulls last, left_type, left_value, right_type, right_value
        limit $limit
        """,
        {"customer_id": customer_id, "limit": EVIDENCE_AT_MOST},
    )


@warehouse.cached
def timeline(path: str, customer_id: str, account_id: str | None) -> list[dict[str, Any]]:
    """Return the newest touchpoints of a person, and what happened to the account as a whole.

    Payments and deals belong to the account; they are told in the story of each of its people.
    """
    return warehouse.rows(
        path,
        r"""
        select
            touchpoints.occurred_at, touchpoints.source, touchpoints.channel,
            touchpoints.journey_step, touchpoints.journey_phase,
            coalesce(columns('^label_.*$'), names.label_en, touchpoints.touchpoint) as '\0',
            touchpoints.campaign, touchpoints.content,
            cast(touchpoints.value_amount as double) as value_amount,
            touchpoints.currency_code,
            touchpoints.customer_id is null as is_account_wide
        from marts.fct_touchpoints as touchpoints
        left join marts.dim_touchpoints as names
            on touchpoints.source = names.source
            and touchpoints.touchpoint = names.touchpoint
        where
            touchpoints.customer_id = $customer_id
            or (touchpoints.customer_id is null and touchpoints.account_id = $account_id)
        order by touchpoints.occurred_at desc, touchpoints.touchpoint_id
        limit $limit
        """,
        {
            "customer_id": customer_id,
            "account_id": account_id,
            "limit": TOUCHPOINTS_AT_MOST + 1,
        },
    )


@warehouse.cached
def conversations(path: str, customer_id: str) -> list[dict[str, Any]]:
    """Return a person's chats, tickets and calls, newest first."""
    return warehouse.rows(
        path,
        """
        select
            conversation_id, source, channel, subject, status, started_at,
            first_response_seconds, resolution_seconds, message_count
        from marts.fct_conversations
        where customer_id = $customer_id
        order by started_at desc, conversation_id
        """,
        {"customer_id": customer_id},
    )


@warehouse.cached
def messages(path: str, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the messages of a person's conversations, in order."""
    found = warehouse.rows(
        path,
        """
        select conversation_id, occurred_at, sender_type, agent_name, is_automated, text
        from marts.fct_messages
        where customer_id = $customer_id
        order by conversation_id, message_index, occurred_at
        """,
        {"customer_id": customer_id},
    )
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        grouped.setdefault(row.pop("conversation_id"), []).append(row)
    return grouped
