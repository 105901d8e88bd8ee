with touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
),

kinds as (
    select * from {{ ref('dim_touchpoints') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

told as (
    select
        touchpoints.source,
        coalesce(touchpoints.channel, 'unknown') as channel,
        touchpoints.journey_step,
        kinds.why_none,
        touchpoints.customer_id,
        coalesce(customers.is_identified, false) as is_identified,
        customers.persona,
    from touchpoints
    left join kinds
        on touchpoints.source = kinds.source
        and touchpoints.touchpoint = kinds.touchpoint
    left join customers
        on touchpoints.customer_id = customers.customer_id
),

counted as (
    select
        case when grouping(source) = 1 then 'all' else source end as source,
        case when grouping(channel) = 1 then 'all' else channel end as channel,
        count(*) as touchpoint_count,
        count(journey_step) as step_count,
        count(*) filter (
            where journey_step is null and why_none is not null
        ) as reasoned_count,
        count(*) filter (
            where journey_step is null and why_none is null
        ) as unexplained_count,
        count(customer_id) as person_count,
        count(*) filter (where is_identified) as identified_count,
        count(persona) as persona_count,
    from told
    group by cube(source, channel)
),

final as (
    select
        source || ':' || channel as coverage_id,
        source,
        channel,
        touchpoint_count,
        step_count,
        reasoned_count,
        unexplained_count,
        person_count,
        identified_count,
        persona_count,
    from counted
    -- a company without touchpoints has no total either
    where touchpoint_count > 0
)

select * from final
