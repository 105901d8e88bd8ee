{% set landmark = "to_days(" ~ var('factor_window_days') ~ ")" %}
{% set horizon = "to_days(" ~ var('retention_horizon_days') ~ ")" %}

with accounts as (
    select * from {{ ref('int_accounts_billed') }}
    where
        customer_since is not null
        and customer_since <= {{ as_of() }} - {{ horizon }}
),

acquired as (
    select * from {{ ref('int_accounts_acquired') }}
),

movements as (
    select * from {{ ref('int_mrr_movements_of_accounts') }}
    where not is_scheduled
),

touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where touchpoint = 'onboarding_session_booked'
),

conversations as (
    select * from {{ ref('int_conversations_identified') }}
    where first_response_seconds is not null
),

paying as (
    select
        accounts.account_id,
        sum(movements.active_change) filter (
            where movements.counted_at < accounts.customer_since + {{ landmark }}
        ) as landmark_active_count,
        sum(movements.active_change) filter (
            where movements.counted_at < accounts.customer_since + {{ horizon }}
        ) as horizon_active_count,
        bool_or(movements.movement_type = 'opening') as is_older,
    from accounts
    inner join movements
        on accounts.account_id = movements.account_id
    group by all
),

booked as (
    select distinct accounts.account_id
    from accounts
    inner join touchpoints
        on accounts.account_id = touchpoints.account_id
        and accounts.customer_since + {{ landmark }} > touchpoints.occurred_at
),

answered as (
    select
        accounts.account_id,
        median(conversations.first_response_seconds) as first_response_seconds,
    from accounts
    inner join conversations
        on accounts.account_id = conversations.account_id
        and accounts.customer_since <= conversations.started_at
        and accounts.customer_since + {{ landmark }} > conversations.started_at
    group by all
),

-- only who was still there when the factors were known: else leaving early would
-- itself look like a missing session or a missing answer
observed as (
    select
        accounts.account_id,
        accounts.customer_since,
        case
            when booked.account_id is not null then 'yes' else 'no'
        end as onboarding_booked,
        case
            when answered.first_response_seconds is null then 'none'
            when answered.first_response_seconds < 300 then 'under_5_min'
            when answered.first_response_seconds <= 3600 then '5_to_60_min'
            else 'over_60_min'
        end as first_response,
        coalesce(acquired.acquisition_channel, 'direct') as acquisition_channel,
        coalesce(paying.horizon_active_count, 0) > 0 as is_retained,
    from accounts
    inner join paying
        on accounts.account_id = paying.account_id
    left join acquired
        on accounts.account_id = acquired.account_id
    left join booked
        on accounts.account_id = booked.account_id
    left join answered
        on accounts.account_id = answered.account_id
    where
        paying.landmark_active_count > 0
        -- what happened in the first days of who was there before is not known
        and not paying.is_older
)

select * from observed
