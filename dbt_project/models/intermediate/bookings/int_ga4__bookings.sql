-- Bookings that a tag manager reports and no calendar that is a source of its own
-- does: what a calendar tells too is the calendar's, by its id or, where none was
-- pushed, by its moment.
with events as (
    select * from {{ ref('int_ga4__events') }}
    where coalesce(has_consent, true) and not is_debug
),

calendar_bookings as (
    select * from {{ ref('int_calendly__bookings') }}
),

reported as (
    select * from events
    where {{ meaning_of('ga4', 'event_name', 'event_name') }} = 'booked'
    -- a page that is opened again reports the same booking
    qualify
        row_number() over (
            partition by coalesce(booking_id, event_id)
            order by occurred_at, event_id
        ) = 1
),

cancelled as (
    select
        booking_id,
        min(occurred_at) as cancelled_at,
    from events
    where
        {{ meaning_of('ga4', 'event_name', 'event_name') }} = 'cancelled'
        and booking_id is not null
    group by booking_id
),

own as (
    select reported.*
    from reported
    left join calendar_bookings
        on reported.booking_id in (
            calendar_bookings.source_record_id,
            split_part(calendar_bookings.source_record_id, '/', -1)
        )
    left join calendar_bookings as same_moment
        on reported.booking_id is null
        and same_moment.booked_at
        between reported.occurred_at - interval 2 minute
        and reported.occurred_at + interval 2 minute
    where
        calendar_bookings.source_record_id is null
        and same_moment.source_record_id is null
),

bookings as (
    select
        'ga4' as source,
        coalesce(own.booking_id, own.event_id) as source_record_id,
        case
            when own.user_id is not null then 'user_id'
            when own.user_pseudo_id is not null then 'cookie_id'
        end as identifier_type,
        case
            when own.user_id is not null then '{{ var("product_namespace") }}'
            else 'ga4'
        end as identifier_namespace,
        coalesce(own.user_id, own.user_pseudo_id) as identifier_value,
        own.occurred_at as booked_at,
        own.booking_starts_at as starts_at,
        own.booking_starts_at
        + interval 1 minute * coalesce(own.booking_minutes, 0) as ends_at,
        cancelled.booking_id is not null as is_cancelled,
        cancelled.cancelled_at,
        false as is_no_show,
        cast(null as varchar) as moved_from_record_id,
        cast(null as varchar) as moved_to_record_id,
        false as is_moved,
        coalesce(own.booking_type, own.booking_system) as event_type,
        {{ meaning_of('ga4', 'booking_channel', 'own.booking_channel') }} as channel,
        own.event_campaign as campaign,
        own._dlt_load_id as load_id,
    from own
    left join cancelled
        on own.booking_id = cancelled.booking_id
)

select * from bookings
