with invoices as (
    select * from {{ billing('invoices') }}
    where not is_deleted and invoiced_at < {{ as_of() }}
),

customers as (
    select * from {{ billing('customers') }}
),

payments as (
    select
        invoice_id,
        sum(amount) filter (
            where transaction_type = 'payment' and is_successful
        ) as paid_amount,
        sum(amount) filter (
            where transaction_type = 'refund' and is_successful
        ) as refunded_amount,
        min(occurred_at) filter (
            where transaction_type = 'payment' and is_successful
        ) as paid_at,
    from {{ ref('int_payments_numbered') }}
    group by all
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

final as (
    select
        invoices.invoice_id,
        account_identifiers.account_id,
        -- the subscription belongs to the account, not to who gets the invoice
        cast(null as varchar) as customer_id,
        '{{ var("billing_source") }}' as source,
        invoices.invoiced_at as occurred_at,
        cast(invoices.total_amount - invoices.tax_amount as decimal(18, 2))
            as net_amount,
        invoices.tax_amount,
        invoices.total_amount,
        cast(coalesce(payments.paid_amount, 0) as decimal(18, 2)) as paid_amount,
        cast(coalesce(payments.refunded_amount, 0) as decimal(18, 2))
            as refunded_amount,
        cast(
            invoices.total_amount - coalesce(payments.paid_amount, 0) as decimal(18, 2)
        ) as due_amount,
        payments.paid_at,
        invoices.currency_code,
    from invoices
    left join customers
        on invoices.billing_customer_uuid = customers.billing_customer_uuid
    left join payments
        on invoices.invoice_id = payments.invoice_id
    left join account_identifiers
        on customers.billing_customer_id = account_identifiers.identifier_value
)

select * from final
