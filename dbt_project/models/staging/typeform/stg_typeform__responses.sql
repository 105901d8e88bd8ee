{% set unread = [] %}

with source as (
    select * from {{ source('typeform', 'responses') }}
),

renamed as (
    select
        token as response_id,
        form_id,
        cast(landed_at as timestamptz) as landed_at,
        cast(submitted_at as timestamptz) as submitted_at,
        submitted_at is not null as is_submitted,
        {{ json_text('payload', 'hidden/user_id') }} as user_id,
        {{ to_email(json_text('payload', 'hidden/email')) }} as hidden_email,
        {{ json_text('payload', 'hidden/language') }} as hidden_language,
        json_extract(payload, '$.hidden') as hidden_fields,
        {{ to_number(json_text('payload', 'calculated/score'), unread) }}
            as calculated_score,
        {{ json_text('payload', 'metadata/platform') }} as platform,
        json_extract(payload, '$.answers') as answers,
        {{ unread_values(unread) }},
        -- who deletes a form as a whole tidies up: what it had brought stays
        {{ is_gone('typeform', 'responses') }}
        and form_id in (
            select forms.id from {{ source('typeform', 'forms') }} as forms
            where not {{ is_gone('typeform', 'forms') }}
        ) as is_deleted,
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
