"""What customers ask about, what is waiting, and the conversations behind the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards import warehouse
from explore.metrics import Figure

if TYPE_CHECKING:
    from datetime import date

LISTED_AT_MOST = 15
DOWNLOADED_AT_MOST = 5000


@warehouse.cached
def of_month(path: str, month: date) -> dict[str, dict[str, Figure]]:
    """Return by metric and channel the figures of service in a month; ``all`` are all channels."""
    found = warehouse.rows(
        path,
        """
        select
            metric, channel, period_start, numerator, denominator, sum_of_squares, sample_size,
            population_size, ripe_from
        from metrics.mtr_monthly
        where
            source_model = 'mtr_support_monthly' and period_start = $month and persona = 'all'
        order by metric, channel
        """,
        {"month": month},
    )
    grouped: dict[str, dict[str, Figure]] = {}
    for row in found:
        channel = row.pop("channel")
        grouped.setdefault(row["metric"], {})[channel] = Figure(**row)
    return grouped


@warehouse.cached
def reasons(path: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return what conversations of a period are about, the most frequent first."""
    return warehouse.rows(
        path,
        r"""
        select
            reasons.topic,
            coalesce(columns('^label_.*$'), topics.label_en, reasons.topic) as '\0',
            sum(reasons.conversation_count)::bigint as conversation_count,
            sum(reasons.judged_count)::bigint as judged_count,
            sum(reasons.negative_count)::bigint as negative_count,
            sum(reasons.solved_count)::bigint as solved_count,
            sum(reasons.known_count)::bigint as known_count,
            sum(reasons.followed_up_count)::bigint as followed_up_count
        from metrics.mtr_contact_reasons_monthly as reasons
        left join marts.dim_topics as topics
            on reasons.topic = topics.topic
        where reasons.period_start between $first and $last
        group by all
        order by conversation_count desc, reasons.topic
        """,
        {"first": first, "last": last},
    )


@warehouse.cached
def backlog(path: str, first: date, last: date) -> list[dict[str, Any]]:
    """Return how many conversations were open at the end of each month, by how long they waited."""
    return warehouse.rows(
        path,
        """
        select period_start, age_band, conversation_count
        from metrics.mtr_backlog_ages_monthly
        where period_start between $first and $last
        order by period_start, age_band
        """,
        {"first": first, "last": last},
    )


@warehouse.cached
def behind(path: str, month: date, time_zone: str, channel: str, kind: str) -> list[dict[str, Any]]:
    """Return the conversations that began in a month, the newest first.

    Args:
        path: The published file.
        month: Its first day.
        time_zone: Of the company, whose months count.
        channel: Their channel; ``all`` for every one.
        kind: ``late`` for those that missed a target, ``unsolved``, ``returned`` for those after
            which the person came back about the same matter; ``all`` for every one.
    """
    return warehouse.rows(
        path,
        r"""
        select
            conversations.conversation_id, conversations.customer_id, conversations.channel,
            conversations.status, conversations.sentiment, conversations.started_at,
            conversations.first_response_seconds, conversations.first_response_business_seconds,
            conversations.resolution_seconds, conversations.resolution_business_seconds,
            conversations.is_first_response_in_target, conversations.is_resolution_in_target,
            conversations.is_followed_up, conversations.contact_cost_amount,
            conversations.currency_code, conversations.topic,
            coalesce(columns('^label_.*$'), topics.label_en, conversations.topic) as '\0',
            customers.full_name, customers.email
        from marts.fct_conversations as conversations
        left join marts.dim_customers as customers
            on conversations.customer_id = customers.customer_id
        left join marts.dim_topics as topics
            on conversations.topic = topics.topic
        where
            date_trunc('month', timezone($zone, conversations.started_at)) = $month
            and not coalesce(customers.is_internal, false)
            and ($channel = 'all' or conversations.channel = $channel)
            and case $kind
                when 'late' then not conversations.is_first_response_in_target
                    or not conversations.is_resolution_in_target
                when 'unsolved' then conversations.status in ('open', 'missed')
                when 'returned' then conversations.is_followed_up
                else true
            end
        order by conversations.started_at desc, conversations.conversation_id
        limit $limit
        """,
        {
            "month": month,
            "zone": time_zone,
            "channel": channel,
            "kind": kind,
            "limit": DOWNLOADED_AT_MOST,
        },
    )
