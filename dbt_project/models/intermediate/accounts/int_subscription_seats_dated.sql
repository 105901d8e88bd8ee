-- How many seats a subscription had from when on. Lines of invoices date them by the
-- service period; the MRR moved on the day of the change, which the next line may tell
-- only weeks later; the record itself tells what is so now.
with subscriptions as (
    select * from {{ ref('int_subscriptions_dated') }}
),

lines as (
    select
        subscription_uuid,
        period_started_at as known_at,
        -- what is given back for an old number of seats stands beside the new one
        arg_max(quantity, (amount, line_item_id)) as quantity,
    from {{ billing('invoice_line_items') }}
    where
        not is_deleted
        and line_type = 'subscription'
        and amount >= 0
        and quantity is not null
        and invoiced_at < {{ as_of() }}
        and period_started_at < {{ as_of() }}
    group by all
),

movements as (
    select
        subscriptions.subscription_uuid,
        activities.occurred_at as known_at,
    from {{ billing('activities') }} as activities
    inner join subscriptions
        on activities.billing_customer_uuid = subscriptions.billing_customer_uuid
        and activities.subscription_external_id
        = subscriptions.subscription_external_id
    where
        activities.movement_type in ('expansion', 'contraction')
        and activities.occurred_at < {{ as_of() }}
),

known as (
    select
        subscription_uuid,
        started_at as known_at,
        cast(null as integer) as quantity,
    from subscriptions
    union all by name
    select * from movements
    union all by name
    select lines.*
    from lines
    inner join subscriptions
        on lines.subscription_uuid = subscriptions.subscription_uuid
        and lines.known_at >= subscriptions.started_at
    union all by name
    select
        subscription_uuid,
        {{ last_moment() }} as known_at,
        quantity,
    from subscriptions
),

-- what is told next was so from the last change on
told as (
    select
        subscription_uuid,
        known_at,
        first_value(quantity ignore nulls) over (
            partition by subscription_uuid
            order by known_at asc, quantity asc nulls first
            rows between current row and unbounded following
        ) as seat_count,
    from known
),

moments as (
    select
        subscription_uuid,
        known_at,
        max(seat_count) as seat_count,
    from told
    where seat_count is not null
    group by all
),

changes as (
    select * from moments
    qualify
        seat_count is distinct from lag(seat_count) over (
            partition by subscription_uuid order by known_at
        )
),

final as (
    select
        changes.subscription_uuid,
        subscriptions.account_id,
        changes.known_at as valid_from_at,
        least(
            lead(changes.known_at) over (
                partition by changes.subscription_uuid order by changes.known_at
            ),
            case
                when subscriptions.ended_at < {{ as_of() }} then subscriptions.ended_at
            end
        ) as valid_to_at,
        changes.seat_count,
    from changes
    inner join subscriptions
        on changes.subscription_uuid = subscriptions.subscription_uuid
        and changes.known_at
        < coalesce(subscriptions.ended_at, {{ as_of() }})
)

select * from final
