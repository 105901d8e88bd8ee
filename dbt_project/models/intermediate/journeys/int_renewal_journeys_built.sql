-- terms of more than ten years are slips of whoever set up the plan
with subscriptions as (
    select
        subscription_uuid,
        account_id,
        started_at,
        case when ended_at < {{ as_of() }} then ended_at end as ended_at,
        cast(period_months as integer) as period_months,
    from {{ ref('int_subscriptions_dated') }}
    where account_id is not null and period_months between 1 and 120
),

numbered as (
    select
        *,
        cast(
            unnest(
                generate_series(
                    1,
                    date_diff(
                        'month', started_at, coalesce(ended_at, {{ as_of() }})
                    ) // period_months + 2
                )
            ) as integer
        ) as term_number,
    from subscriptions
),

dated as (
    select
        *,
        started_at + interval 1 month * (period_months * (term_number - 1))
            as term_started_at,
        started_at + interval 1 month * (period_months * term_number) as due_at,
    from numbered
),

-- who ends it early has decided by then
windowed as (
    select
        *,
        least(
            greatest(
                term_started_at, due_at - to_days({{ var('renewal_days') }})
            ),
            ended_at
        ) as begins_at,
    from dated
    where ended_at is null or term_started_at < ended_at
),

-- it goes on where another subscription of the account takes over within a few days
followed as (
    select
        windowed.subscription_uuid,
        windowed.term_number,
        count(others.subscription_uuid) > 0 as is_taken_over,
    from windowed
    left join subscriptions as others
        on windowed.account_id = others.account_id
        and windowed.subscription_uuid != others.subscription_uuid
        and others.started_at
        <= windowed.ended_at + to_days({{ var('billing_move_days') }})
        and (
            others.ended_at is null
            or others.ended_at
            > windowed.ended_at + to_days({{ var('billing_move_days') }})
        )
    group by windowed.subscription_uuid, windowed.term_number
),

judged as (
    select
        windowed.*,
        case
            when windowed.ended_at <= windowed.due_at and not followed.is_taken_over
                then 'churned'
            when windowed.ended_at <= windowed.due_at then 'renewed'
            when windowed.due_at < {{ as_of() }} then 'renewed'
            else 'open'
        end as outcome,
    from windowed
    inner join followed
        on windowed.subscription_uuid = followed.subscription_uuid
        and windowed.term_number = followed.term_number
    where windowed.begins_at < {{ as_of() }}
),

-- what an account renews on one day is one decision
decided as (
    select
        account_id,
        {{ business_date('due_at') }} as due_date,
        min(begins_at) as started_at,
        max(coalesce(ended_at, due_at)) as decided_at,
        case
            when bool_or(outcome = 'renewed') then 'renewed'
            when bool_or(outcome = 'open') then 'open'
            else 'churned'
        end as outcome,
    from judged
    group by account_id, {{ business_date('due_at') }}
),

built as (
    select
        'j_' || md5('renewal|' || account_id || '|' || due_date) as journey_id,
        cast(null as varchar) as customer_id,
        account_id,
        'renewal' as journey_type,
        started_at,
        case when outcome != 'open' then decided_at end as ended_at,
        outcome,
        1 as touchpoint_count,
        'billing' as first_channel,
        'billing' as last_channel,
    from decided
)

select * from built
