with movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
),

account_identifiers as (
    select * from {{ ref('bridge_account_identifiers') }}
    where
        identifier_type = 'billing_customer_id'
        and identifier_namespace = 'chartmogul'
),

final as (
    select
        movements.activity_id as movement_id,
        account_identifiers.account_id,
        cast(null as varchar) as customer_id,
        'chartmogul' as source,
        movements.occurred_at,
        movements.period_start,
        movements.movement_type,
        movements.mrr_change_amount,
        movements.mrr_after_amount,
        movements.currency_code,
        movements.plan_name,
        movements.is_scheduled,
        movements.load_id,
    from movements
    left join account_identifiers
        on movements.billing_customer_id = account_identifiers.identifier_value
)

select * from final
