with source as (
    select * from {{ source('activecampaign', 'contact_tags') }}
),

renamed as (
    select
        id as contact_tag_id,
        {{ json_text('payload', 'contact') }} as contact_id,
        {{ json_text('payload', 'tag') }} as tag_id,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'contact_tags') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
