with invoices as (
    select * from {{ ref('stg_chartmogul__invoices') }}
    where not coalesce(is_deleted, false) and invoiced_at < {{ as_of() }}
),

customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
),

account_identifiers as (
    select * from {{ ref('bridge_account_identifiers') }}
    where identifier_type = 'billing_customer_id'
),

final as (
    select
        invoices.invoice_id,
        account_identifiers.account_id,
        -- the subscription belongs to the account, not to who gets the invoice
        cast(null as varchar) as customer_id,
        'chartmogul' as source,
        invoices.invoiced_at as occurred_at,
        invoices.total_amount,
        invoices.tax_amount,
        invoices.paid_amount,
        invoices.refunded_amount,
        invoices.paid_at,
        invoices.currency_code,
    from invoices
    left join customers
        on invoices.billing_customer_uuid = customers.billing_customer_uuid
    left join account_identifiers
        on customers.billing_customer_id = account_identifiers.identifier_value
)

select * from final
