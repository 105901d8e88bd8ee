-- what the company does begins no journey and keeps none going
with touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where
        customer_id is not null
        and is_interaction
        and direction is distinct from 'outbound'
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

first_paid as (
    select * from {{ ref('int_accounts_first_paid') }}
),

persons as (
    select
        touchpoints.customer_id,
        customer_accounts.account_id,
        first_paid.won_at,
        min(touchpoints.occurred_at) as first_touch_at,
        max(touchpoints.occurred_at) as last_touch_at,
    from touchpoints
    left join customer_accounts
        on touchpoints.customer_id = customer_accounts.customer_id
    left join first_paid
        on customer_accounts.account_id = first_paid.account_id
    group by all
),

-- who came after the account had been won was never to be won
decided as (
    select
        *,
        case
            when won_at is not null then 'converted'
            when
                last_touch_at
                >= {{ as_of() }} - to_days({{ var('acquisition_idle_days') }})
                then 'open'
            else 'abandoned'
        end as outcome,
    from persons
    where won_at is null or first_touch_at < won_at
),

ended as (
    select
        customer_id,
        account_id,
        'acquisition' as journey_type,
        first_touch_at as started_at,
        case outcome
            when 'converted' then won_at
            when 'abandoned' then last_touch_at
        end as ended_at,
        outcome,
    from decided
),

counted as (
    select
        ended.customer_id,
        ended.account_id,
        ended.journey_type,
        ended.started_at,
        ended.ended_at,
        ended.outcome,
        count(*) as touchpoint_count,
        arg_min(
            touchpoints.channel, (touchpoints.occurred_at, touchpoints.touchpoint_id)
        ) as first_channel,
        arg_max(
            touchpoints.channel, (touchpoints.occurred_at, touchpoints.touchpoint_id)
        ) as last_channel,
    from ended
    inner join touchpoints
        on ended.customer_id = touchpoints.customer_id
        and (ended.ended_at is null or ended.ended_at >= touchpoints.occurred_at)
    group by all
)

select
    'j_' || md5('acquisition|' || customer_id) as journey_id,
    *,
from counted
