-- a day closes after it opens, and opens again only after it closed: else its hours
-- count twice or not at all
with lines as (
    select
        *,
        lpad(opens_at, 5, '0') as opening,
        lpad(closes_at, 5, '0') as closing,
    from {{ ref('business_hours') }}
),

compared as (
    select
        *,
        lag(closing) over (
            partition by channel, weekday
            order by opening, closing
        ) as closed_before,
    from lines
)

select * from compared
where closing <= opening or opening < closed_before
