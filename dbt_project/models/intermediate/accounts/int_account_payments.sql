-- amounts of two currencies are not added: what was paid in the one that the account's
-- paid amount is told in
with accounts as (
    select
        account_id,
        paid_currency_code,
    from {{ ref('int_accounts_billed') }}
),

final as (
    select
        payments.transaction_id,
        invoices.account_id,
        payments.occurred_at,
        invoices.occurred_at as invoiced_at,
        case
            when payments.transaction_type = 'refund' then -payments.amount
            else payments.amount
        end as paid_amount,
        payments.load_id,
    from {{ ref('int_payments_numbered') }} as payments
    inner join {{ ref('int_invoices_identified') }} as invoices
        on payments.invoice_id = invoices.invoice_id
    inner join accounts
        on invoices.account_id = accounts.account_id
        and invoices.currency_code = accounts.paid_currency_code
    where payments.is_successful
)

select * from final
