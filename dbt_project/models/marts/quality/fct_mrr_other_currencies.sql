-- Who pays in another currency than that of the company's figures: no sum holds these
-- amounts, and here they are named. Where a rate is known they are told in the
-- company's currency as well: what the customer did at the rate of this month's end,
-- and apart from it what the rate made of the amount that was there before.
with movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
    where is_in_other_currency and not is_scheduled
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = '{{ var("billing_source") }}'
),

summed as (
    select
        months.period_start,
        {{ business_date('months.ends_at - interval 1 second') }} as ends_on,
        movements.billing_customer_uuid,
        movements.billing_customer_id,
        movements.currency_code,
        sum(movements.mrr_change_amount) as mrr_amount,
        count(*) filter (
            where movements.occurred_at >= months.starts_at
        ) as movement_count,
    from months
    inner join movements
        on months.ends_at > movements.occurred_at
    group by all
),

-- who has left is told of in the month of leaving only
told as (
    select * from summed
    where mrr_amount != 0 or movement_count > 0
),

rated as (
    select
        *,
        {{ exchange_rate('told.currency_code', 'told.ends_on', 'told.mrr_amount') }}
            as exchange_rate,
    from told
),

compared as (
    select
        *,
        coalesce(lag(mrr_amount) over same_customer, 0) as mrr_before_amount,
        lag(exchange_rate) over same_customer as rate_before,
    from rated
    window same_customer as (
        partition by billing_customer_uuid, currency_code order by period_start
    )
),

final as (
    select
        md5(
            concat_ws(
                '|', compared.billing_customer_uuid, compared.currency_code,
                compared.period_start
            )
        ) as other_currency_id,
        '{{ var("billing_source") }}' as source,
        compared.period_start,
        compared.billing_customer_uuid as record_id,
        account_identifiers.account_id,
        compared.currency_code,
        cast(compared.mrr_amount as decimal(18, 2)) as mrr_amount,
        compared.movement_count,
        compared.exchange_rate,
        {{ at_rate('compared.mrr_amount', 'compared.exchange_rate') }}
            as reported_mrr_amount,
        {{ at_rate(
            'compared.mrr_amount - compared.mrr_before_amount', 'compared.exchange_rate'
        ) }} as reported_movement_amount,
        case
            when compared.mrr_before_amount = 0 then cast(0 as decimal(18, 4))
            else
                {{ at_rate(
                    'compared.mrr_before_amount',
                    'compared.exchange_rate - compared.rate_before'
                ) }}
        end as exchange_rate_amount,
    from compared
    left join account_identifiers
        on compared.billing_customer_id = account_identifiers.identifier_value
)

select * from final
