with touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where journey_phase is not null
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

leavings as (
    select * from {{ ref('int_account_paying_periods') }}
    where not is_paying
),

first_seen as (
    select
        customer_id,
        min(occurred_at) as first_seen_at,
    from {{ ref('int_touchpoints_phased') }}
    where
        customer_id is not null
        and is_interaction
        and direction is distinct from 'outbound'
    group by all
),

own as (
    select
        customer_id,
        account_id,
        times_left,
        journey_phase,
        phase_order,
        occurred_at,
        touchpoint_id,
        channel,
        source,
    from touchpoints
    where
        customer_id is not null
        and is_interaction
        and direction is distinct from 'outbound'
),

-- an account buys and pays for all of its people who were there by then
billed as (
    select
        first_seen.customer_id,
        touchpoints.account_id,
        touchpoints.times_left,
        touchpoints.journey_phase,
        touchpoints.phase_order,
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
    where
        touchpoints.customer_id is null
        and touchpoints.channel = 'billing'
        and touchpoints.journey_step in ('buy', 'renew')
),

unioned as (
    select * from own
    union all
    select * from billed
),

firsts as (
    select * from unioned
    qualify row_number() over (
        partition by customer_id, times_left, phase_order
        order by occurred_at, touchpoint_id
    ) = 1
),

-- who is further already does not go back
entries as (
    select * from firsts
    qualify
        phase_order > coalesce(
            max(phase_order) over (
                partition by customer_id, times_left
                order by occurred_at, phase_order
                rows between unbounded preceding and 1 preceding
            ),
            0
        )
),

final as (
    select
        concat_ws(
            '-', entries.customer_id, entries.times_left, entries.journey_phase
        ) as phase_entry_id,
        entries.customer_id,
        entries.account_id,
        entries.times_left,
        entries.journey_phase,
        entries.phase_order,
        entries.occurred_at as entered_at,
        leavings.changed_at as left_at,
        entries.occurred_at,
        entries.touchpoint_id,
        entries.channel,
        entries.source,
    from entries
    left join leavings
        on entries.account_id = leavings.account_id
        and leavings.times_left = entries.times_left + 1
)

select * from final
