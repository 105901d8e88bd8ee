-- Revenue is counted by the billing account's clock, so that each month equals the
-- vendor's own.
with activities as (
    select * from {{ billing('activities') }}
),

metrics as (
    select * from {{ billing('metrics_mrr') }}
),

zones as (
    select
        coalesce(max(time_zone), '{{ var("business_time_zone") }}') as time_zone,
    from {{ billing('account') }}
),

first_activity as (
    select min(occurred_at) as first_at
    from activities
),

-- where movements are missing, the vendor's own figures tell of earlier months
first_figure as (
    select min(period_start) as first_month
    from metrics
    where not is_deleted and mrr_amount != 0
),

bounds as (
    select
        zones.time_zone,
        date_trunc(
            'month',
            least(
                {{ clock_in('zones.time_zone', 'first_activity.first_at') }},
                first_figure.first_month
            )
        ) as first_month,
        -- today has not begun: its month counts once a moment of it has passed
        date_trunc(
            'month',
            {{ clock_in('zones.time_zone', as_of() ~ " - interval 1 microsecond") }}
        ) as last_month,
    from first_activity
    cross join first_figure
    cross join zones
    where first_activity.first_at is not null
),

months as (
    select
        time_zone,
        unnest(generate_series(first_month, last_month, interval 1 month))
            as local_start,
    from bounds
),

final as (
    select
        cast(local_start as date) as period_start,
        {{ moment_in('time_zone', 'local_start') }} as starts_at,
        {{ moment_in('time_zone', 'local_start + interval 1 month') }} as ends_at,
        {{ moment_in('time_zone', 'local_start + interval 1 month') }} <= {{ as_of() }}
            as is_complete,
        time_zone,
    from months
)

select * from final
