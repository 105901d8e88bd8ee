with conversations as (
    select * from {{ ref('int_conversations_chained') }}
),

summed as (
    select
        journey_id,
        customer_id,
        any_value(account_id) as account_id,
        min(opened_at) as started_at,
        max(greatest(resolved_at, opened_at)) filter (
            where resolved_at is not null
        ) as last_resolved_at,
        max(closed_at) as last_closed_at,
        bool_or(is_last and status in ('resolved', 'bot_solved')) as is_resolved,
        count(*) as touchpoint_count,
        arg_min(channel, (opened_at, conversation_id)) as first_channel,
        arg_max(channel, (opened_at, conversation_id)) as last_channel,
    from conversations
    group by all
),

decided as (
    select
        *,
        case
            when is_resolved then 'resolved'
            when
                last_closed_at
                >= {{ as_of() }} - interval {{ var('support_idle_hours') }} hour
                then 'open'
            else 'abandoned'
        end as outcome,
    from summed
),

built as (
    select
        journey_id,
        customer_id,
        account_id,
        'support' as journey_type,
        started_at,
        case outcome
            -- what was solved nobody knows when ended with its last word
            when 'resolved' then coalesce(last_resolved_at, last_closed_at)
            when 'abandoned' then last_closed_at
        end as ended_at,
        outcome,
        touchpoint_count,
        first_channel,
        last_channel,
    from decided
)

select * from built
