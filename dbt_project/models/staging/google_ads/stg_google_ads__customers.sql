with source as (
    select * from {{ source('google_ads', 'customers') }}
),

renamed as (
    select
        id as ad_account_id,
        {{ json_text('payload', 'descriptiveName') }} as account_name,
        upper({{ json_text('payload', 'currencyCode') }}) as currency_code,
        {{ json_text('payload', 'timeZone') }} as time_zone,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
