-- Seats and next renewal of an account from one day to the next change.
with subscriptions as (
    select * from {{ ref('int_subscriptions_dated') }}
),

numbered as (
    select
        *,
        unnest(
            range(
                cast(
                    date_diff('month', started_at, {{ as_of() }}) // period_months
                    as bigint
                ) + 1
            )
        ) as period_number,
    from subscriptions
    where period_months > 0
),

periods as (
    select
        account_id,
        ended_at,
        started_at + interval 1 month * cast(period_months * period_number as integer)
            as began_at,
        started_at
        + interval 1 month * cast(period_months * (period_number + 1) as integer)
            as renews_at,
    from numbered
),

-- that a subscription has been cancelled is known now; no source tells since when
renewals as (
    select
        account_id,
        began_at,
        least(
            case when renews_at < {{ as_of() }} then renews_at end,
            case
                when ended_at < {{ as_of() }} then ended_at
                when ended_at is not null then {{ last_moment() }}
            end
        ) as passed_at,
        renews_at,
    from periods
    where began_at < {{ as_of() }} and (ended_at is null or began_at < ended_at)
),

terms as (
    select
        account_id,
        {{ business_date('began_at') }} as valid_from,
        {{ business_date('passed_at') }} as valid_to,
        renews_at,
    from renewals
    union all by name
    select
        account_id,
        {{ business_date('valid_from_at') }} as valid_from,
        {{ business_date('valid_to_at') }} as valid_to,
        seat_count,
    from {{ ref('int_subscription_seats_dated') }}
),

turns as (
    select
        account_id,
        valid_from as changed_on,
    from terms
    union
    select
        account_id,
        valid_to as changed_on,
    from terms
    where valid_to is not null
),

summed as (
    select
        turns.account_id,
        turns.changed_on,
        cast(sum(terms.seat_count) as bigint) as seat_count,
        min(terms.renews_at) as renews_at,
    from turns
    left join terms
        on turns.account_id = terms.account_id
        and turns.changed_on >= terms.valid_from
        and (terms.valid_to is null or turns.changed_on < terms.valid_to)
    group by all
),

final as (
    select * from summed
    qualify
        (seat_count, renews_at)
        is distinct from lag((seat_count, renews_at)) over (
            partition by account_id order by changed_on
        )
)

select * from final
