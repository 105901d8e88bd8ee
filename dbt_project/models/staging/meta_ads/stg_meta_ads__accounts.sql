with source as (
    select * from {{ source('meta_ads', 'accounts') }}
),

renamed as (
    select
        replace(id, 'act_', '') as ad_account_id,
        {{ json_text('payload', 'name') }} as account_name,
        upper({{ json_text('payload', 'currency') }}) as currency_code,
        {{ json_text('payload', 'timezone_name') }} as time_zone,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
