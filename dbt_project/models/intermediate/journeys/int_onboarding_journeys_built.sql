{% set window = "to_days(" ~ var('onboarding_days') ~ ")" %}
with signed_up as (
    select
        customer_id,
        signed_up_at,
        case
            when product_first_used_at < signed_up_at then signed_up_at
            else product_first_used_at
        end as used_at,
        signed_up_at + {{ window }} as due_at,
    from {{ ref('int_customers_touched') }}
    where signed_up_at is not null
),

touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where
        customer_id is not null
        and (
            touchpoint = 'signed_up'
            or (is_interaction and direction is distinct from 'outbound')
        )
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

decided as (
    select
        *,
        case
            when used_at < due_at then 'activated'
            when due_at > {{ as_of() }} then 'open'
            else 'abandoned'
        end as outcome,
    from signed_up
),

touched as (
    select
        decided.customer_id,
        count(*) as touchpoint_count,
        max(touchpoints.occurred_at) as last_touch_at,
        arg_min(
            touchpoints.channel, (touchpoints.occurred_at, touchpoints.touchpoint_id)
        ) as first_channel,
        arg_max(
            touchpoints.channel, (touchpoints.occurred_at, touchpoints.touchpoint_id)
        ) as last_channel,
    from decided
    inner join touchpoints
        on decided.customer_id = touchpoints.customer_id
        and decided.signed_up_at <= touchpoints.occurred_at
        and decided.due_at > touchpoints.occurred_at
        and (
            decided.outcome != 'activated'
            or decided.used_at >= touchpoints.occurred_at
        )
    group by decided.customer_id
),

built as (
    select
        'j_' || md5('onboarding|' || decided.customer_id) as journey_id,
        decided.customer_id,
        customer_accounts.account_id,
        'onboarding' as journey_type,
        decided.signed_up_at as started_at,
        case decided.outcome
            when 'activated' then decided.used_at
            when 'abandoned' then touched.last_touch_at
        end as ended_at,
        decided.outcome,
        touched.touchpoint_count,
        touched.first_channel,
        touched.last_channel,
    from decided
    inner join touched
        on decided.customer_id = touched.customer_id
    left join customer_accounts
        on decided.customer_id = customer_accounts.customer_id
)

select * from built
