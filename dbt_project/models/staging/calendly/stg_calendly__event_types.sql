{% set unread = [] %}

with source as (
    select * from {{ source('calendly', 'event_types') }}
),

renamed as (
    select
        uri as event_type_uri,
        {{ json_text('payload', 'name') }} as event_type_name,
        {{ to_small_count(json_text('payload', 'duration'), unread) }}
            as duration_minutes,
        {{ to_flag(json_text('payload', 'active')) }} as is_active,
        cast(updated_at as timestamptz) as updated_at,
        {{ is_gone('calendly', 'event_types') }} as is_deleted,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
