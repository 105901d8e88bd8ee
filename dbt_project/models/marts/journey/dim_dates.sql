with bounds as (
    select
        date_trunc(
            'year',
            coalesce(
                min({{ business_date('occurred_at') }}), cast({{ as_of() }} as date)
            )
        ) as first_day,
        date_trunc('year', cast({{ as_of() }} as date))
        + interval 1 year - interval 1 day as last_day,
    from {{ ref('fct_touchpoints') }}
),

days as (
    select
        cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date)
            as date_day,
    from bounds
),

final as (
    select
        date_day,
        cast(date_trunc('week', date_day) as date) as week_start,
        cast(date_trunc('month', date_day) as date) as month_start,
        cast(date_trunc('quarter', date_day) as date) as quarter_start,
        cast(date_trunc('year', date_day) as date) as year_start,
        cast(year(date_day) as integer) as year_number,
        cast(quarter(date_day) as integer) as quarter_number,
        cast(month(date_day) as integer) as month_number,
        cast(isodow(date_day) as integer) as weekday_number,
        isodow(date_day) >= 6 as is_weekend,
        date_day = last_day(date_day) as is_month_end,
    from days
)

select * from final
