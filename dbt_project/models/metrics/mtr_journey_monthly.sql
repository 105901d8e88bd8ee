with customers as (
    select * from {{ ref('dim_customers') }}
    where not is_internal
),

-- an account's own touchpoints (payments) belong to no person: they count as
-- touchpoints, not as active customers; records that changed are no touchpoint
touchpoints as (
    select
        touchpoints.customer_id,
        touchpoints.direction,
        coalesce(touchpoints.channel, 'unmapped') as channel,
        coalesce(touchpoints.journey_step, 'unmapped') as journey_step,
        coalesce(touchpoints.journey_phase, 'unmapped') as journey_phase,
        {{ business_month('touchpoints.occurred_at') }} as period_start,
    from {{ ref('fct_touchpoints') }} as touchpoints
    left join {{ ref('dim_customers') }} as every_customer
        on touchpoints.customer_id = every_customer.customer_id
    where
        touchpoints.is_interaction
        and not coalesce(every_customer.is_internal, false)
),

touchpoint_counts as (
    select
        'touchpoints' as metric,
        period_start,
        channel,
        journey_step,
        journey_phase,
        count(*) as numerator,
        cast(null as bigint) as denominator,
        count(*) as sample_size,
    from touchpoints
    group by period_start, rollup(channel), rollup(journey_phase, journey_step)
),

-- a person counts once in each slice, so that slices never add up
active_customers as (
    select
        'active_customers' as metric,
        period_start,
        channel,
        journey_step,
        journey_phase,
        count(distinct customer_id) as numerator,
        cast(null as bigint) as denominator,
        count(distinct customer_id) as sample_size,
    from touchpoints
    -- who was only written to was not active
    where customer_id is not null and direction is distinct from 'outbound'
    group by period_start, rollup(channel), rollup(journey_phase, journey_step)
),

first_seen as (
    select
        {{ business_month('first_seen_at') }} as period_start,
        coalesce(acquisition_channel, 'direct') as channel,
    from customers
    where first_seen_at is not null
),

new_customers as (
    select
        'new_customers' as metric,
        period_start,
        channel,
        cast(null as varchar) as journey_step,
        cast(null as varchar) as journey_phase,
        count(*) as numerator,
        cast(null as bigint) as denominator,
        count(*) as sample_size,
    from first_seen
    group by period_start, rollup(channel)
),

phase_entries as (
    select
        entries.journey_phase,
        entries.channel,
        entries.has_reached_next,
        {{ business_month('entries.entered_at') }} as period_start,
    from {{ ref('int_phase_entries_followed') }} as entries
    inner join customers
        on entries.customer_id = customers.customer_id
),

phase_conversions as (
    select
        'phase_conversion_rate' as metric,
        period_start,
        channel,
        cast(null as varchar) as journey_step,
        journey_phase,
        count(*) filter (where has_reached_next) as numerator,
        count(*) as denominator,
        count(*) as sample_size,
    from phase_entries
    group by period_start, journey_phase, rollup(channel)
),

journeys as (
    select
        journeys.outcome,
        coalesce(customers.acquisition_channel, 'direct') as channel,
        {{ business_month('journeys.started_at') }} as period_start,
    from {{ ref('fct_journeys') }} as journeys
    inner join customers
        on journeys.customer_id = customers.customer_id
    where journeys.journey_type = 'acquisition'
),

acquisition_conversions as (
    select
        'acquisition_conversion_rate' as metric,
        period_start,
        channel,
        cast(null as varchar) as journey_step,
        cast(null as varchar) as journey_phase,
        count(*) filter (where outcome = 'converted') as numerator,
        count(*) as denominator,
        count(*) as sample_size,
    from journeys
    group by period_start, rollup(channel)
),

unioned as (
    select * from touchpoint_counts
    union all
    select * from active_customers
    union all
    select * from new_customers
    union all
    select * from phase_conversions
    union all
    select * from acquisition_conversions
),

final as (
    select
        metric,
        period_start,
        'month' as grain,
        coalesce(channel, 'all') as channel,
        coalesce(journey_step, 'all') as journey_step,
        coalesce(journey_phase, 'all') as journey_phase,
        'all' as persona,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(null as double) as sum_of_squares,
        sample_size,
        {{ ripe_from('metric', 'period_start') }} as ripe_from,
    from unioned
)

select * from final
