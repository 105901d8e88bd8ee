{% set unread = [] %}

with source as (
    select * from {{ source('chartmogul', 'activities') }}
),

renamed as (
    select
        uuid as activity_id,
        coalesce(
            {{ text_or_null('customer_uuid') }},
            {{ json_text('payload', ['customer-uuid', 'customer_uuid']) }}
        ) as billing_customer_uuid,
        {{ json_text('payload', ['customer-external-id', 'customer_external_id']) }}
            as billing_customer_id,
        {{ json_text('payload', [
            'subscription-external-id', 'subscription_external_id'
        ]) }} as subscription_external_id,
        {{ json_text('payload', ['plan-external-id', 'plan_external_id']) }}
            as plan_external_id,
        lower({{ json_text('payload', 'type') }}) as movement_type,
        {{ to_units(
            json_text('payload', ['activity-mrr-movement', 'activity_mrr_movement']),
            unread
        ) }}
            as mrr_change_amount,
        {{ to_units(json_text('payload', ['activity-mrr', 'activity_mrr']), unread) }}
            as mrr_after_amount,
        {{ json_text('payload', 'currency') }} as currency_code,
        {{ json_text('payload', 'description') }} as description,
        cast(occurred_at as timestamptz) as occurred_at,
        activity_month,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
