{# The touchpoints of a source's bookings: made or moved, cancelled, and held or missed. Moving a
   booking cancels the one that it replaces, which is no touchpoint of its own. #}
{% macro booking_touchpoints(source) -%}
with bookings as (
    select * from {{ ref('int_bookings_unioned') }}
    where source = '{{ source }}'
),

-- a booking that took another's place is the same session, moved
made as (
    select
        *,
        booked_at as occurred_at,
        case
            when moved_from_booking_id is null then 'session_booked'
            else 'session_moved'
        end as touchpoint,
        'website' as touched_channel,
    from bookings
),

cancelled as (
    select
        *,
        cancelled_at as occurred_at,
        'session_cancelled' as touchpoint,
        'website' as touched_channel,
    from bookings
    where status = 'cancelled'
),

ended as (
    select
        *,
        -- of a session that is not known itself only the booking has a time
        coalesce(starts_at, ends_at, booked_at) as occurred_at,
        case when status = 'held' then 'session_held' else 'session_missed' end
            as touchpoint,
        channel as touched_channel,
    from bookings
    where status in ('held', 'no_show')
),

unioned as (
    select * from made
    union all
    select * from cancelled
    union all
    select * from ended
),

touchpoints as (
    select
        source,
        source_record_id,
        occurred_at,
        identifier_type,
        identifier_namespace,
        identifier_value,
        touched_channel as channel,
        touchpoint,
        'inbound' as direction,
        cast(null as varchar) as session_hint,
        campaign,
        event_type as content,
        cast(null as decimal(18, 4)) as value_amount,
        cast(null as varchar) as currency_code,
        cast(null as json) as properties,
        load_id,
    from unioned
)

select * from touchpoints
{%- endmacro %}
