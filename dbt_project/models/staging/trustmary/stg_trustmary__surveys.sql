{% set unread = [] %}

with source as (
    select * from {{ source('trustmary', 'surveys') }}
),

renamed as (
    select
        id as survey_id,
        {{ json_text('payload', 'name') }} as survey_name,
        {{ json_text('payload', 'type') }} as survey_type,
        {{ to_count(json_text('payload', 'count'), unread) }} as answer_count,
        {{ to_moment(json_text('payload', 'created_at'), unread) }} as created_at,
        cast(updated_at as timestamptz) as updated_at,
        deleted_at is not null
        or {{ is_gone('trustmary', 'surveys') }} as is_deleted,
        try_cast(payload as json) as payload,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
