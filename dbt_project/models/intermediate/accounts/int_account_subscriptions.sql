-- What an account has subscribed to now: seats, and when the next period begins.
with subscriptions as (
    select * from {{ ref('int_subscriptions_dated') }}
    where ended_at is null or ended_at >= {{ as_of() }}
),

passed as (
    select
        *,
        date_diff('month', started_at, {{ as_of() }}) // period_months as period_count,
    from subscriptions
),

renewals as (
    select
        *,
        -- the first whole number of periods that does not lie before today
        started_at + interval 1 month * (
            cast(
                period_months * (
                    period_count
                    + case
                        when
                            started_at
                            + interval 1 month
                            * cast(period_months * period_count as integer)
                            < {{ as_of() }} then 1
                        else 0
                    end
                ) as integer
            )
        ) as renews_at,
    from passed
),

final as (
    select
        account_id,
        cast(sum(quantity) as bigint) as seat_count,
        -- what was cancelled ends and does not renew
        min(renews_at) filter (where ended_at is null) as renews_at,
        arg_min(subscription_uuid, (renews_at, subscription_uuid)) filter (
            where ended_at is null and renews_at is not null
        ) as renewing_subscription_uuid,
        arg_min(load_id, (renews_at, subscription_uuid)) filter (
            where ended_at is null and renews_at is not null
        ) as renewing_load_id,
    from renewals
    group by all
)

select * from final
