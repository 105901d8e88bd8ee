with days as (
    select * from {{ ref('int_business_days_listed') }}
),

holidays as (
    select * from {{ ref('int_holidays_listed') }}
),

-- minutes since the day began: a day has 1,440 of them on its clock
lines as (
    select
        channel,
        weekday,
        try_cast(split_part(opens_at, ':', 1) as integer) * 60
        + try_cast(split_part(opens_at, ':', 2) as integer) as opening_minute,
        try_cast(split_part(closes_at, ':', 1) as integer) * 60
        + try_cast(split_part(closes_at, ':', 2) as integer) as closing_minute,
    from {{ ref('business_hours') }}
),

openings as (
    select
        lines.channel,
        {{ moment_in(
            "'" ~ var('business_time_zone') ~ "'",
            'cast(days.date_day as timestamp) + interval 1 minute * lines.opening_minute'
        ) }} as opens_at,
        {{ moment_in(
            "'" ~ var('business_time_zone') ~ "'",
            'cast(days.date_day as timestamp) + interval 1 minute * lines.closing_minute'
        ) }} as closes_at,
    from days
    inner join lines
        on days.weekday = lines.weekday
        and lines.opening_minute < lines.closing_minute
    left join holidays
        on days.date_day = holidays.holiday_date
    where holidays.holiday_date is null
),

measured as (
    select
        *,
        date_diff('millisecond', opens_at, closes_at) as open_milliseconds,
    from openings
),

final as (
    select
        channel,
        opens_at,
        closes_at,
        coalesce(
            sum(open_milliseconds) over (
                partition by channel
                order by opens_at
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as milliseconds_before,
    from measured
)

select * from final
