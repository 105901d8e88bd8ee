with unioned as (
    {{ union_of('bookings') }}
),

happened as (
    select * from unioned
    where booked_at < {{ as_of() }}
),

final as (
    select
        md5(concat_ws('|', source, source_record_id)) as booking_id,
        source,
        source_record_id,
        identifier_type,
        identifier_namespace,
        identifier_value,
        booked_at,
        starts_at,
        ends_at,
        case when is_cancelled then cancelled_at end as cancelled_at,
        {{ booking_status(
            'is_moved', 'is_cancelled', 'is_no_show', 'starts_at', 'ends_at'
        ) }} as status,
        case
            when moved_from_record_id is not null
                then md5(concat_ws('|', source, moved_from_record_id))
        end as moved_from_booking_id,
        case
            when moved_to_record_id is not null
                then md5(concat_ws('|', source, moved_to_record_id))
        end as moved_to_booking_id,
        event_type,
        channel,
        campaign,
        load_id,
    from happened
)

select * from final
