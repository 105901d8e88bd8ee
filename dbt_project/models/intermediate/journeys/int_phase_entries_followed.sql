with entries as (
    select * from {{ ref('fct_phase_entries') }}
),

steps as (
    select * from {{ ref('journey_steps') }}
),

followed as (
    select
        entries.phase_entry_id,
        entries.customer_id,
        entries.account_id,
        entries.journey_phase,
        entries.phase_order,
        entries.entered_at,
        entries.channel,
        next_entries.phase_entry_id is not null as has_reached_next,
    from entries
    left join entries as next_entries
        on entries.customer_id = next_entries.customer_id
        and entries.phase_order + 1 = next_entries.phase_order
        -- a trial is used before it is paid for: who was there before counts when they
        -- are there again
        and entries.entered_at <= next_entries.last_touched_at
    -- nothing follows the last phase
    where entries.phase_order < (select max(steps.phase_order) from steps)
)

select * from followed
