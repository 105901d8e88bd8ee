with source as (
    select * from {{ source('activecampaign', 'tags') }}
),

renamed as (
    select
        id as tag_id,
        {{ json_text('payload', 'tag') }} as tag_name,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'tags') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
