with source as (
    select * from {{ source('activecampaign', 'automations') }}
),

renamed as (
    select
        id as automation_id,
        {{ json_text('payload', 'name') }} as automation_name,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'automations') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
