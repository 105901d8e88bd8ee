with touchpoints as (
    select * from {{ ref('fct_touchpoints') }}
    where journey_phase is not null
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

phases as (
    select distinct
        journey_phase,
        phase_order,
    from {{ ref('journey_steps') }}
),

first_seen as (
    select
        customer_id,
        min(occurred_at) as first_seen_at,
    from {{ ref('fct_touchpoints') }}
    where customer_id is not null and direction is distinct from 'outbound'
    group by all
),

own as (
    select
        customer_id,
        account_id,
        journey_phase,
        occurred_at,
        touchpoint_id,
        channel,
        source,
    from touchpoints
    where customer_id is not null and direction is distinct from 'outbound'
),

-- an account pays once, for all of its people who were there by then
billed as (
    select
        first_seen.customer_id,
        touchpoints.account_id,
        touchpoints.journey_phase,
        touchpoints.occurred_at,
        touchpoints.touchpoint_id,
        touchpoints.channel,
        touchpoints.source,
    from touchpoints
    inner join customer_accounts
        on touchpoints.account_id = customer_accounts.account_id
    inner join first_seen
        on customer_accounts.customer_id = first_seen.customer_id
        and touchpoints.occurred_at >= first_seen.first_seen_at
    where touchpoints.customer_id is null and touchpoints.channel = 'billing'
),

unioned as (
    select * from own
    union all
    select * from billed
),

entries as (
    select
        *,
        max(occurred_at) over (partition by customer_id, journey_phase)
            as last_touched_at,
    from unioned
    qualify row_number() over (
        partition by customer_id, journey_phase
        order by occurred_at, touchpoint_id
    ) = 1
),

final as (
    select
        entries.customer_id || '-' || entries.journey_phase as phase_entry_id,
        entries.customer_id,
        entries.account_id,
        entries.journey_phase,
        phases.phase_order,
        entries.occurred_at as entered_at,
        entries.last_touched_at,
        entries.occurred_at,
        entries.touchpoint_id,
        entries.channel,
        entries.source,
    from entries
    inner join phases
        on entries.journey_phase = phases.journey_phase
)

select * from final
