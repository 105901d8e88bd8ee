with conversations as (
    select
        coalesce(conversations.channel, 'unmapped') as channel,
        conversations.first_customer_message_at as asked_at,
        {{ business_date('conversations.first_customer_message_at') }} as asked_date,
        {{ business_date('conversations.resolved_at') }} as resolved_date,
    from {{ ref('fct_conversations') }} as conversations
    left join {{ ref('dim_customers') }} as customers
        on conversations.customer_id = customers.customer_id
    where
        not coalesce(customers.is_internal, false)
        -- what ended without a word of it being solved waits no more
        and (conversations.resolved_at is not null or conversations.status = 'open')
),

days as (
    select
        date_day,
        least(
            {{ start_of_day('date_day + interval 1 day') }}, {{ as_of() }}
        ) as ends_at,
    from {{ ref('int_business_days_listed') }}
),

first_day as (
    select {{ start_of_day('min(date_day)') }} as begins_at
    from days
),

-- what comes in is added and what is solved taken away, with when it was asked
moves as (
    select
        conversations.channel,
        conversations.asked_date as date_day,
        1 as open_change,
        {{ seconds_between('first_day.begins_at', 'conversations.asked_at') }}
            as asked_seconds,
    from conversations
    cross join first_day
    union all
    select
        conversations.channel,
        conversations.resolved_date as date_day,
        -1 as open_change,
        -{{ seconds_between('first_day.begins_at', 'conversations.asked_at') }}
            as asked_seconds,
    from conversations
    cross join first_day
    where conversations.resolved_date is not null
),

moved as (
    select
        channel,
        date_day,
        sum(open_change) as open_change,
        sum(asked_seconds) as asked_seconds,
    from moves
    group by channel, date_day
    union all
    select
        'all' as channel,
        date_day,
        sum(open_change) as open_change,
        sum(asked_seconds) as asked_seconds,
    from moves
    group by date_day
),

channels as (
    select distinct channel from moved
),

running as (
    select
        days.date_day,
        days.ends_at,
        channels.channel,
        sum(coalesce(moved.open_change, 0)) over so_far as open_count,
        sum(coalesce(moved.asked_seconds, 0)) over so_far as asked_seconds,
    from days
    cross join channels
    left join moved
        on days.date_day = moved.date_day
        and channels.channel = moved.channel
    window so_far as (
        partition by channels.channel
        order by days.date_day
        rows between unbounded preceding and current row
    )
),

final as (
    select
        running.date_day,
        running.channel,
        cast(running.open_count as bigint) as open_count,
        cast(
            {{ seconds_between('first_day.begins_at', 'running.ends_at') }}
            - running.asked_seconds / nullif(running.open_count, 0) as bigint
        ) as mean_age_seconds,
    from running
    cross join first_day
)

select * from final
