{% set unread = [] %}

with source as (
    select * from {{ source('chartmogul', 'metrics_customer_count') }}
),

renamed as (
    select
        cast(date_trunc('month', period_end) as date) as period_start,
        period_end,
        {{ to_count(json_text('payload', 'customers'), unread) }}
            as billing_customer_count,
        {{ is_gone('chartmogul', 'metrics_customer_count') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
