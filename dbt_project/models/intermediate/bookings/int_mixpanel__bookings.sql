-- The product tells that a session was booked, and nothing more: not for when, nor what
-- became of it.
with events as (
    select * from {{ ref('int_mixpanel__events') }}
    where event_name = '{{ var("product_booking_event") }}'
),

bookings as (
    select
        'mixpanel' as source,
        event_id as source_record_id,
        case
            when user_id is not null then 'user_id'
            when device_id is not null then 'device_id'
        end as identifier_type,
        'mixpanel' as identifier_namespace,
        coalesce(user_id, device_id) as identifier_value,
        occurred_at as booked_at,
        cast(null as timestamptz) as starts_at,
        cast(null as timestamptz) as ends_at,
        false as is_cancelled,
        cast(null as timestamptz) as cancelled_at,
        false as is_no_show,
        cast(null as varchar) as moved_from_record_id,
        cast(null as varchar) as moved_to_record_id,
        false as is_moved,
        cast(null as varchar) as event_type,
        case when library = 'web' then 'website' else 'app' end as channel,
        utm_campaign as campaign,
        _dlt_load_id as load_id,
    from events
)

select * from bookings
