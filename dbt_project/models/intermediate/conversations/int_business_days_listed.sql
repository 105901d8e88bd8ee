with asked as (
    select min({{ business_date('first_customer_message_at') }}) as first_day
    from {{ ref('int_conversations_unioned') }}
),

days as (
    select
        cast(
            unnest(
                generate_series(
                    cast(first_day as timestamp),
                    cast({{ business_date(as_of()) }} as timestamp),
                    interval 1 day
                )
            ) as date
        ) as date_day,
    from asked
),

final as (
    select
        date_day,
        cast(isodow(date_day) as integer) as weekday,
        cast(year(date_day) as integer) as year_number,
    from days
)

select * from final
