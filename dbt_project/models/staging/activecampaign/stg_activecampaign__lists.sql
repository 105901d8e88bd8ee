with source as (
    select * from {{ source('activecampaign', 'lists') }}
),

renamed as (
    select
        id as list_id,
        {{ json_text('payload', 'name') }} as list_name,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'lists') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
