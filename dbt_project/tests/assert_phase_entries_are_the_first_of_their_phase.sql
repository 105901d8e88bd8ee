-- nobody enters a phase after having touched it before, nor before being seen at all
with entries as (
    select * from {{ ref('fct_phase_entries') }}
),

touchpoints as (
    select
        customer_id,
        journey_phase,
        min(occurred_at) as first_at,
        min(min(occurred_at)) over (partition by customer_id) as first_seen_at,
    from {{ ref('fct_touchpoints') }}
    where customer_id is not null and direction = 'inbound'
    group by customer_id, journey_phase
)

select entries.*
from entries
inner join touchpoints
    on entries.customer_id = touchpoints.customer_id
    and entries.journey_phase = touchpoints.journey_phase
where
    entries.entered_at > touchpoints.first_at
    or entries.entered_at < touchpoints.first_seen_at
