-- What an account pays and has paid, in one currency each: amounts of two are never
-- added.
with movements as (
    select * from {{ ref('int_mrr_movements_of_accounts') }}
    where not is_scheduled and account_id is not null
),

-- the currency of the latest movement counts
currencies as (
    select
        account_id,
        arg_max(currency_code, (occurred_at, activity_id)) as currency_code,
    from movements
    group by all
),

subscriptions as (
    select
        movements.account_id,
        movements.currency_code,
        min(movements.occurred_at) as customer_since,
        cast(sum(movements.mrr_change_amount) as decimal(18, 2)) as mrr_amount,
        sum(movements.active_change) > 0 as is_paying,
        max(movements.occurred_at) filter (
            where movements.movement_type = 'churn'
        ) as last_churned_at,
        arg_max(
            movements.plan_name, (movements.occurred_at, movements.activity_id)
        ) filter (
            where movements.movement_type != 'churn'
        ) as plan_name,
    from movements
    inner join currencies
        on movements.account_id = currencies.account_id
        and movements.currency_code = currencies.currency_code
    group by all
),

paid as (
    select
        account_id,
        currency_code,
        cast(sum(paid_amount - refunded_amount) as decimal(18, 2)) as paid_amount,
        sum(paid_amount) > 0 as is_paid,
        max(occurred_at) as last_invoiced_at,
    from {{ ref('int_invoices_identified') }}
    where account_id is not null
    group by all
),

-- the one that was paid in is told, that of the MRR before another one; which others
-- there are stands beside it
payments as (
    select
        paid.account_id,
        paid.currency_code as paid_currency_code,
        paid.paid_amount,
        list_sort(
            list_filter(
                list(case when paid.is_paid then paid.currency_code end) over (
                    partition by paid.account_id
                ),
                lambda code: code != paid.currency_code -- noqa: RF02
            )
        ) as other_paid_currency_codes,
    from paid
    left join currencies
        on paid.account_id = currencies.account_id
    qualify row_number() over (
        partition by paid.account_id
        order by
            paid.is_paid desc,
            paid.currency_code is not distinct from currencies.currency_code desc,
            paid.last_invoiced_at desc,
            paid.currency_code asc
    ) = 1
),

final as (
    select
        coalesce(subscriptions.account_id, payments.account_id) as account_id,
        subscriptions.customer_since,
        coalesce(subscriptions.is_paying, false) as is_paying,
        case
            when not subscriptions.is_paying then subscriptions.last_churned_at
        end as churned_at,
        coalesce(subscriptions.mrr_amount, 0) as mrr_amount,
        coalesce(subscriptions.currency_code, payments.paid_currency_code)
            as currency_code,
        subscriptions.plan_name,
        coalesce(payments.paid_amount, 0) as paid_amount,
        payments.paid_currency_code,
        coalesce(payments.other_paid_currency_codes, []) as other_paid_currency_codes,
    from subscriptions
    full outer join payments
        on subscriptions.account_id = payments.account_id
)

select * from final
