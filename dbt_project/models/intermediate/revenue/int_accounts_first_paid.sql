with payments as (
    select * from {{ ref('int_payments_numbered') }}
    where payment_number is not null
),

account_identifiers as (
    select * from {{ ref('bridge_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = 'chartmogul'
),

first_paid as (
    select
        account_identifiers.account_id,
        min(payments.occurred_at) as first_payment_at,
    from payments
    inner join account_identifiers
        on payments.billing_customer_id = account_identifiers.identifier_value
    group by all
)

select * from first_paid
