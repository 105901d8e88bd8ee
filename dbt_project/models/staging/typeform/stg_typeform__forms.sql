with source as (
    select * from {{ source('typeform', 'forms') }}
),

renamed as (
    select
        id as form_id,
        {{ json_text('payload', 'title') }} as form_title,
        {{ json_text('payload', 'settings/language') }} as language,
        json_extract(payload, '$.fields') as fields,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('typeform', 'forms') }} as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
