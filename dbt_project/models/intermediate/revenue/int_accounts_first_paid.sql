-- A subscription may be kept in billing without any invoice: who has MRR is won as
-- well.
with payments as (
    select * from {{ ref('int_payments_numbered') }}
    where payment_number is not null
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

movements as (
    select * from {{ ref('int_mrr_movements_of_accounts') }}
    where not is_scheduled and account_id is not null and mrr_change_amount > 0
),

begun as (
    select
        account_identifiers.account_id,
        payments.occurred_at as first_payment_at,
        payments.occurred_at as won_at,
    from payments
    inner join account_identifiers
        on payments.billing_customer_id = account_identifiers.identifier_value
    union all
    select
        account_id,
        null as first_payment_at,
        occurred_at as won_at,
    from movements
),

first_paid as (
    select
        account_id,
        min(first_payment_at) as first_payment_at,
        min(won_at) as won_at,
    from begun
    group by all
)

select * from first_paid
