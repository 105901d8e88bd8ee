with source as (
    select * from {{ source('activecampaign', 'messages') }}
),

renamed as (
    select
        id as message_id,
        {{ json_text('payload', 'subject') }} as subject,
        {{ to_email(json_text('payload', 'fromemail')) }} as from_email,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('activecampaign', 'messages') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
