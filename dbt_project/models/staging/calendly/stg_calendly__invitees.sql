{% set unread = [] %}

with source as (
    select * from {{ source('calendly', 'invitees') }}
),

renamed as (
    select
        uri as invitee_uri,
        event_uri,
        {{ to_email(json_text('payload', 'email')) }} as email,
        {{ json_text('payload', 'name') }} as full_name,
        {{ json_text('payload', 'text_reminder_number') }} as phone,
        {{ json_text('payload', 'timezone') }} as time_zone,
        coalesce({{ json_text('payload', 'status') }} = 'canceled', false)
            as is_cancelled,
        {{ json_text('payload', 'old_invitee') }} as old_invitee_uri,
        {{ json_text('payload', 'new_invitee') }} as new_invitee_uri,
        coalesce(
            {{ to_flag(json_text('payload', 'rescheduled')) }}
            or {{ json_text('payload', 'new_invitee') }} is not null,
            false
        ) as is_moved,
        {{ json_text('payload', 'no_show/uri') }} is not null as is_no_show,
        {{ to_moment(json_text('payload', 'no_show/created_at'), unread) }}
            as no_show_at,
        {{ to_moment(json_text('payload', 'cancellation/created_at'), unread) }}
            as cancelled_at,
        {{ json_text('payload', 'tracking/utm_source') }} as utm_source,
        {{ json_text('payload', 'tracking/utm_campaign') }} as utm_campaign,
        cast(created_at as timestamptz) as created_at,
        cast(updated_at as timestamptz) as updated_at,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
