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
        try_cast({{ json_text('payload', 'quantity') }} as integer) as quantity,
        {{ to_units(json_text('payload', 'mrr')) }} as mrr_amount,
        {{ to_units(json_text('payload', 'arr')) }} as arr_amount,
        {{ json_text('payload', 'currency') }} as currency_code,
        lower({{ json_text('payload', 'status') }}) as status,
        {{ json_text('payload', ['billing-cycle', 'billing_cycle']) }}
            as billing_cycle,
        try_cast(
            {{ json_text('payload', ['billing-cycle-count', 'billing_cycle_count']) }}
            as integer
        ) as billing_cycle_count,
        {{ to_moment(json_text('payload', ['start-date', 'start_date'])) }}
            as started_at,
        -- lies ahead where a cancellation is scheduled
        {{ to_moment(json_text('payload', ['end-date', 'end_date'])) }} as ended_at,
        {{ is_gone('chartmogul', 'subscriptions') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
