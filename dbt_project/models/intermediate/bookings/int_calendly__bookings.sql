with invitees as (
    select * from {{ ref('stg_calendly__invitees') }}
),

sessions as (
    select * from {{ ref('stg_calendly__scheduled_events') }}
),

event_types as (
    select * from {{ ref('stg_calendly__event_types') }}
),

bookings as (
    select
        'calendly' as source,
        invitees.invitee_uri as source_record_id,
        case when invitees.email is not null then 'email' end as identifier_type,
        'global' as identifier_namespace,
        invitees.email as identifier_value,
        invitees.created_at as booked_at,
        sessions.starts_at,
        sessions.ends_at,
        -- a host cancels a session for all who booked it
        invitees.is_cancelled
        or coalesce(sessions.is_cancelled, false) as is_cancelled,
        case
            when invitees.is_cancelled or coalesce(sessions.is_cancelled, false)
                then coalesce(
                    invitees.cancelled_at,
                    sessions.cancelled_at,
                    invitees.updated_at,
                    sessions.updated_at,
                    -- when it was called off nobody tells: at the earliest then
                    invitees.created_at
                )
        end as cancelled_at,
        invitees.is_no_show,
        invitees.old_invitee_uri as moved_from_record_id,
        invitees.new_invitee_uri as moved_to_record_id,
        invitees.is_moved,
        coalesce(event_types.event_type_name, sessions.session_name) as event_type,
        case
            when sessions.location_type in ('physical', 'ask_invitee') then 'in_person'
            when sessions.location_type in ('outbound_call', 'inbound_call')
                then 'phone'
            else 'website'
        end as channel,
        invitees.utm_campaign as campaign,
        invitees._dlt_load_id as load_id,
    from invitees
    left join sessions
        on invitees.event_uri = sessions.event_uri
    left join event_types
        on sessions.event_type_uri = event_types.event_type_uri
)

select * from bookings
