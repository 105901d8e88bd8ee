with acquisition as (
    select * from {{ ref('int_acquisition_journeys_built') }}
),

support as (
    select * from {{ ref('int_support_journeys_built') }}
),

unioned as (
    select * from acquisition
    union all by name
    select * from support
),

final as (
    select
        journey_id,
        customer_id,
        account_id,
        journey_type,
        'kette' as source,
        started_at as occurred_at,
        started_at,
        ended_at,
        outcome,
        touchpoint_count,
        {{ seconds_between('started_at', 'ended_at') }} as duration_seconds,
        first_channel,
        last_channel,
    from unioned
)

select * from final
