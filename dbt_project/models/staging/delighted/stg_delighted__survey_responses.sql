{% set unread = [] %}

with source as (
    select * from {{ source('delighted', 'survey_responses') }}
),

renamed as (
    select
        id as response_id,
        person_id,
        {{ to_email(json_text('payload', 'person/email')) }} as email,
        {{ json_text('payload', 'person/name') }} as person_name,
        {{ json_text('payload', 'survey_type') }} as survey_type,
        {{ to_number(json_text('payload', 'score'), unread) }} as score,
        {{ json_text('payload', 'comment') }} as comment,
        {{ json_text('payload', 'person_properties/locale') }} as language,
        {{ json_text('payload', 'person_properties/moment') }} as moment,
        json_extract(payload, '$.person_properties') as person_properties,
        json_extract(payload, '$.tags') as tags,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
