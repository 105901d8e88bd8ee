with transactions as (
    select * from {{ billing('transactions') }}
),

customers as (
    select * from {{ billing('customers') }}
),

numbered as (
    select
        transactions.transaction_id,
        transactions.invoice_id,
        coalesce(
            customers.billing_customer_id,
            transactions.billing_customer_uuid,
            -- an invoice that names nobody is one of somebody unknown
            transactions.invoice_id
        ) as billing_customer_id,
        transactions.occurred_at,
        transactions.transaction_type,
        transactions.is_successful,
        transactions.amount,
        transactions.currency_code,
        case
            when
                transactions.transaction_type = 'payment'
                and transactions.is_successful
                then row_number() over (
                    partition by
                        transactions.billing_customer_uuid,
                        transactions.transaction_type,
                        transactions.is_successful
                    order by transactions.occurred_at, transactions.transaction_id
                )
        end as payment_number,
        transactions._dlt_load_id as load_id,
    from transactions
    left join customers
        on transactions.billing_customer_uuid = customers.billing_customer_uuid
    where
        not transactions.is_deleted
        -- what else the vendor may call a transaction moves no money that is known
        and transactions.transaction_type in ('payment', 'refund')
        and transactions.occurred_at < {{ as_of() }}
)

select * from numbered
