with source as (
    select * from {{ source('activecampaign', 'bounce_logs') }}
),

renamed as (
    select
        id as bounce_id,
        {{ json_text('payload', 'subscriberid') }} as contact_id,
        nullif({{ json_text('payload', 'campaignid') }}, '0') as campaign_id,
        {{ json_text('payload', 'codeid') }} as bounce_code,
        coalesce({{ json_text('payload', 'codeid') }} like '5%', false) as is_hard,
        {{ json_text('payload', 'error') }} as error,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'bounce_logs') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
