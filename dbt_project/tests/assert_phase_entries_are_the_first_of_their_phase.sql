-- nobody enters a phase after having touched it before, nor a lower one after a higher
-- one, nor is a customer in a phase of customers before the account was one or after it
-- left
with entries as (
    select
        *,
        lag(phase_order) over (
            partition by customer_id, times_left order by entered_at, phase_order
        ) as previous_order,
    from {{ ref('fct_phase_entries') }}
),

touchpoints as (
    select
        customer_id,
        times_left,
        journey_phase,
        min(occurred_at) as first_at,
    from {{ ref('int_touchpoints_phased') }}
    where
        customer_id is not null
        and is_interaction
        and direction is distinct from 'outbound'
    group by all
),

late as (
    select entries.phase_entry_id
    from entries
    inner join touchpoints
        on entries.customer_id = touchpoints.customer_id
        and entries.times_left = touchpoints.times_left
        and entries.journey_phase = touchpoints.journey_phase
    where entries.entered_at > touchpoints.first_at
),

misplaced as (
    select phase_entry_id
    from entries
    where previous_order >= phase_order or left_at < entered_at
)

select * from late
union all
select * from misplaced
