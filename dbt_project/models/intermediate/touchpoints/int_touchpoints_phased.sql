-- The phase that a touchpoint tells of: the same step is another phase for a customer,
-- for somebody who is none yet, and for somebody whose account has left.
with touchpoints as (
    select * from {{ ref('int_touchpoints_sessionized') }}
),

periods as (
    select * from {{ ref('int_account_paying_periods') }}
),

accounts as (
    select distinct account_id
    from periods
),

steps as (
    select * from {{ ref('journey_steps') }}
),

phases as (
    select distinct
        journey_phase,
        phase_order,
    from steps
),

-- a person who buys for themselves is a customer from then on
bought as (
    select
        customer_id,
        min(occurred_at) as bought_at,
    from touchpoints
    where
        customer_id is not null
        and journey_step = 'buy'
        and is_interaction
        and direction is distinct from 'outbound'
    group by all
),

placed as (
    select
        touchpoints.*,
        case
            when accounts.account_id is not null
                then coalesce(periods.is_paying, false)
            else coalesce(touchpoints.occurred_at >= bought.bought_at, false)
        end as is_customer,
        coalesce(periods.times_left, 0) as times_left,
        -- the record of the account by which it becomes a customer, also again
        coalesce(
            touchpoints.customer_id is null
            and touchpoints.channel = 'billing'
            and periods.is_paying
            and touchpoints.occurred_at = periods.changed_at,
            false
        ) as is_purchase,
    from touchpoints
    asof left join periods
        on touchpoints.account_id = periods.account_id
        and touchpoints.occurred_at >= periods.changed_at
    left join accounts
        on touchpoints.account_id = accounts.account_id
    left join bought
        on touchpoints.customer_id = bought.customer_id
),

phased as (
    select
        placed.* exclude (journey_phase, phase_order, is_purchase), -- noqa: RF02
        case
            when placed.is_purchase then 'purchase'
            when placed.is_customer then steps.journey_phase
            when placed.times_left > 0 then steps.phase_after_leaving
            else steps.phase_before_purchase
        end as journey_phase,
    from placed
    left join steps
        on placed.journey_step = steps.journey_step
),

final as (
    select
        phased.*,
        phases.phase_order,
    from phased
    left join phases
        on phased.journey_phase = phases.journey_phase
)

select * from final
