-- Who pays in another currency than that of the company's figures: no sum holds these
-- amounts, and here they are named.
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

final as (
    select
        md5(
            concat_ws(
                '|', summed.billing_customer_uuid, summed.currency_code,
                summed.period_start
            )
        ) as other_currency_id,
        '{{ var("billing_source") }}' as source,
        summed.period_start,
        summed.billing_customer_uuid as record_id,
        account_identifiers.account_id,
        summed.currency_code,
        cast(summed.mrr_amount as decimal(18, 2)) as mrr_amount,
        summed.movement_count,
    from summed
    left join account_identifiers
        on summed.billing_customer_id = account_identifiers.identifier_value
    -- who has left is told of in the month of leaving only
    where summed.mrr_amount != 0 or summed.movement_count > 0
)

select * from final
