-- Where each billing customer stood at the end of each finished month, by what we
-- count.
with movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
    where not is_scheduled
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
    where is_complete
),

customers as (
    select * from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
),

billing_account as (
    select max(currency_code) as currency_code
    from {{ billing('account') }}
),

foreign_customers as (
    select distinct invoices.billing_customer_uuid
    from {{ billing('invoices') }} as invoices
    inner join billing_account
        on invoices.currency_code != billing_account.currency_code
    where not invoices.is_deleted
),

summed as (
    select
        months.period_start,
        movements.billing_customer_uuid,
        coalesce(
            sum(movements.mrr_change_amount) filter (
                where not movements.is_in_other_currency
            ),
            0
        ) as mrr_amount,
        coalesce(
            sum(movements.mrr_change_amount) filter (
                where movements.is_in_other_currency
            ) > 0,
            false
        ) as is_paying_otherwise,
        sum(movements.active_change) > 0 as is_active,
        sum(movements.mrr_change_amount) filter (
            where movements.is_opening and not movements.is_in_other_currency
        ) as opening_amount,
    from months
    inner join movements
        on months.ends_at > movements.occurred_at
    group by all
),

final as (
    select
        summed.period_start,
        summed.billing_customer_uuid,
        summed.mrr_amount,
        summed.is_paying_otherwise,
        summed.is_active,
        coalesce(summed.opening_amount, 0) as opening_amount,
        foreign_customers.billing_customer_uuid is not null as is_in_other_currency,
        -- what the vendor's own record says, which is of now
        customers.mrr_amount as stated_mrr_amount,
        customers.status as stated_status,
    from summed
    left join customers
        on summed.billing_customer_uuid = customers.billing_customer_uuid
    left join foreign_customers
        on summed.billing_customer_uuid = foreign_customers.billing_customer_uuid
)

select * from final
