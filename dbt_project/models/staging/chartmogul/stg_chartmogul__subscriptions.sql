{% set unread = [] %}

with source as (
    select * from {{ source('chartmogul', 'subscriptions') }}
),

renamed as (
    select
        uuid as subscription_uuid,
        {{ json_text('payload', ['external_id', 'external-id']) }}
            as subscription_external_id,
        customer_uuid as billing_customer_uuid,
        {{ json_text('payload', 'plan') }} as plan_name,
        {{ to_small_count(json_text('payload', 'quantity'), unread) }} as quantity,
        {{ to_units(json_text('payload', 'mrr'), unread) }} as mrr_amount,
        {{ to_units(json_text('payload', 'arr'), unread) }} as arr_amount,
        {{ json_text('payload', 'currency') }} as currency_code,
        lower({{ json_text('payload', 'status') }}) as status,
        {{ json_text('payload', ['billing-cycle', 'billing_cycle']) }}
            as billing_cycle,
        {{ to_small_count(
            json_text('payload', ['billing-cycle-count', 'billing_cycle_count']),
            unread, digits=3
        ) }}
            as billing_cycle_count,
        {{ to_moment(json_text('payload', ['start-date', 'start_date']), unread) }}
            as started_at,
        -- lies ahead where a cancellation is scheduled
        {{ to_moment(json_text('payload', ['end-date', 'end_date']), unread) }}
            as ended_at,
        {{ is_gone('chartmogul', 'subscriptions') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
