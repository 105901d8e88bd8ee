with source as (
    select * from {{ source('chartmogul', 'account') }}
),

renamed as (
    select
        id as billing_account_id,
        {{ json_text('payload', 'name') }} as billing_account_name,
        {{ json_text('payload', 'currency') }} as currency_code,
        {{ json_text('payload', 'time_zone') }} as time_zone,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
