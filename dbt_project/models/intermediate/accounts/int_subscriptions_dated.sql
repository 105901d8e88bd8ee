-- Which account subscribed from when until when, whatever has become of it since.
with subscriptions as (
    select * from {{ billing('subscriptions') }}
    where
        not coalesce(is_deleted, false)
        and started_at < {{ as_of() }}
        -- without an end and not active either, nobody knows how long it lasted
        and (status = 'active' or ended_at is not null)
),

billing_customers as (
    select * from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
),

identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

final as (
    select
        subscriptions.subscription_uuid,
        identifiers.account_id,
        subscriptions.billing_customer_uuid,
        subscriptions.subscription_external_id,
        subscriptions.quantity,
        -- less than one is no period
        case
            when subscriptions.billing_cycle_count > 0 then
                subscriptions.billing_cycle_count
                * case subscriptions.billing_cycle
                    when 'year' then 12 when 'month' then 1
                end
        end as period_months,
        subscriptions.started_at,
        subscriptions.ended_at,
        subscriptions._dlt_load_id as load_id,
    from subscriptions
    inner join billing_customers
        on subscriptions.billing_customer_uuid = billing_customers.billing_customer_uuid
    inner join identifiers
        on billing_customers.billing_customer_id = identifiers.identifier_value
)

select * from final
