-- What an account has subscribed to now: seats, and when the next period begins.
with subscriptions as (
    select * from {{ ref('stg_chartmogul__subscriptions') }}
    where
        not coalesce(is_deleted, false)
        and status = 'active'
        and started_at < {{ as_of() }}
        and (ended_at is null or ended_at >= {{ as_of() }})
),

billing_customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
    where not coalesce(is_deleted, false)
),

identifiers as (
    select * from {{ ref('bridge_account_identifiers') }}
    where identifier_type = 'billing_customer_id'
),

periods as (
    select
        subscription_uuid,
        billing_customer_uuid,
        quantity,
        ended_at,
        started_at,
        billing_cycle_count
        * case billing_cycle when 'year' then 12 when 'month' then 1 end as months,
    from subscriptions
),

renewals as (
    select
        *,
        -- the first whole number of periods that does not lie before today
        started_at + to_months(
            cast(
                months * (
                    date_diff('month', started_at, {{ as_of() }}) // months
                    + case
                        when
                            started_at + to_months(
                                cast(
                                    months * (
                                        date_diff('month', started_at, {{ as_of() }})
                                        // months
                                    ) as integer
                                )
                            ) < {{ as_of() }} then 1
                        else 0
                    end
                ) as integer
            )
        ) as renews_at,
    from periods
),

final as (
    select
        identifiers.account_id,
        cast(sum(renewals.quantity) as bigint) as seat_count,
        -- what was cancelled ends and does not renew
        min(renewals.renews_at) filter (where renewals.ended_at is null) as renews_at,
    from renewals
    inner join billing_customers
        on renewals.billing_customer_uuid = billing_customers.billing_customer_uuid
    inner join identifiers
        on billing_customers.billing_customer_id = identifiers.identifier_value
    group by all
)

select * from final
