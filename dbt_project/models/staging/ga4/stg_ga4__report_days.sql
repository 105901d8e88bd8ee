{% set unread = [] %}

with source as (
    select * from {{ source('ga4', 'report_days') }}
),

renamed as (
    select
        md5(concat_ws('|', report_date, channel_group, medium)) as report_day_id,
        report_date,
        {{ ga4_text('channel_group') }} as channel_group,
        {{ ga4_text('medium') }} as medium,
        -- the rows beyond the largest of a day, put together by the vendor
        coalesce('(other)' in (channel_group, medium), false) as is_other_row,
        {{ to_count('sessions', unread) }} as session_count,
        {{ to_count('total_users', unread) }} as user_count,
        {{ to_count('event_count', unread) }} as event_count,
        {{ to_count('key_events', unread) }} as key_event_count,
        is_sampled,
        is_thresholded,
        has_other_row,
        time_zone,
        {{ unread_values(unread) }},
        _dlt_load_id,
        _dlt_id,
    from source
)

select * from renamed
