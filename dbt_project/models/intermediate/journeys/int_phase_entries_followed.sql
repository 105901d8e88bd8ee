with entries as (
    select * from {{ ref('int_phase_entries_found') }}
),

steps as (
    select * from {{ ref('journey_steps') }}
),

-- phases are entered in their order, so that whatever comes after one is further
followed as (
    select
        phase_entry_id,
        customer_id,
        account_id,
        journey_phase,
        phase_order,
        entered_at,
        channel,
        phase_order < max(phase_order) over (
            partition by customer_id, times_left
        ) as has_reached_next,
    from entries
)

select * from followed
-- nothing follows the last phase
where phase_order < (select max(steps.phase_order) from steps)
