with conversations as (
    select * from {{ ref('int_conversations_identified') }}
),

month_starts as (
    select distinct {{ business_month('started_at') }} as period_start
    from conversations
),

month_ends as (
    select
        period_start,
        {{ start_of_day('period_start + interval 1 month') }} as ends_at,
    from month_starts
),

-- what nobody answered and what ended without a word of it being solved waits no more
final as (
    select
        month_ends.period_start,
        conversations.conversation_id,
        conversations.customer_id,
        conversations.channel,
        {{ seconds_between(
            'conversations.first_customer_message_at',
            'least(month_ends.ends_at, ' ~ as_of() ~ ')'
        ) }} as age_seconds,
    from month_ends
    cross join conversations
    where
        conversations.started_at < month_ends.ends_at
        and case
            when conversations.resolved_at is null then conversations.status = 'open'
            else conversations.resolved_at >= month_ends.ends_at
        end
)

select * from final
