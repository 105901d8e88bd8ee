with movements as (
    select * from {{ ref('int_mrr_movements_of_accounts') }}
),

final as (
    select
        activity_id as movement_id,
        account_id,
        cast(null as varchar) as customer_id,
        '{{ var("billing_source") }}' as source,
        occurred_at,
        period_start,
        movement_type,
        mrr_change_amount,
        active_change,
        counted_at,
        vendor_movement_type,
        vendor_mrr_change_amount,
        mrr_after_amount,
        currency_code,
        is_in_other_currency,
        plan_name,
        is_scheduled,
        load_id,
    from movements
)

select * from final
