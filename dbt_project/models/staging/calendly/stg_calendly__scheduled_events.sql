{% set unread = [] %}

with source as (
    select * from {{ source('calendly', 'scheduled_events') }}
),

renamed as (
    select
        uri as event_uri,
        {{ json_text('payload', 'event_type') }} as event_type_uri,
        {{ json_text('payload', 'name') }} as session_name,
        coalesce(status = 'canceled', false) as is_cancelled,
        cast(starts_at as timestamptz) as starts_at,
        {{ to_moment(json_text('payload', 'end_time'), unread) }} as ends_at,
        {{ json_text('payload', 'location/type') }} as location_type,
        {{ json_text('payload', 'event_memberships/0/user_email') }} as host_email,
        {{ to_moment(json_text('payload', 'created_at'), unread) }} as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ to_moment(json_text('payload', 'cancellation/created_at'), unread) }}
            as cancelled_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
