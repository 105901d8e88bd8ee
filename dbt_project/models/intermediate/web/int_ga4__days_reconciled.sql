-- What the export holds of a day against what the Data API shows of it. They never
-- agree to the unit: the API models, hides and samples. What explains a difference
-- best is said with it.
with events as (
    select * from {{ ref('stg_ga4__events') }}
),

sessions as (
    select * from {{ ref('int_ga4__sessions') }}
),

reports as (
    select * from {{ ref('stg_ga4__report_days') }}
),

exported_events as (
    select
        event_date as report_date,
        count(*) as export_event_count,
        count(*) filter (where has_consent = false) as unconsented_event_count,
        bool_and(is_final) as is_final,
    from events
    group by event_date
),

exported_sessions as (
    select
        session_date as report_date,
        count(*) as export_session_count,
    from sessions
    group by session_date
),

reported as (
    select
        report_date,
        sum(session_count) as report_session_count,
        sum(event_count) as report_event_count,
        sum(key_event_count) as report_key_event_count,
        bool_or(is_sampled) as is_sampled,
        bool_or(is_thresholded) as is_thresholded,
        bool_or(is_other_row) as has_other_row,
    from reports
    group by report_date
),

compared as (
    select
        coalesce(exported_events.report_date, reported.report_date) as report_date,
        -- a day of the export without any visit is a day with none
        case
            when exported_events.report_date is not null
                then coalesce(exported_sessions.export_session_count, 0)
        end as export_session_count,
        exported_events.export_event_count,
        exported_events.unconsented_event_count,
        exported_events.is_final,
        reported.report_session_count,
        reported.report_event_count,
        reported.report_key_event_count,
        reported.is_sampled,
        reported.is_thresholded,
        reported.has_other_row,
    from exported_events
    full join reported
        on exported_events.report_date = reported.report_date
    left join exported_sessions
        on exported_events.report_date = exported_sessions.report_date
),

final as (
    select
        report_date,
        export_session_count,
        report_session_count,
        report_session_count - export_session_count as session_difference,
        round(
            (report_session_count - export_session_count)
            / nullif(cast(report_session_count as double), 0),
            4
        ) as session_difference_rate,
        export_event_count,
        report_event_count,
        unconsented_event_count,
        report_key_event_count,
        case
            when export_event_count is null then 'not_exported'
            when report_session_count is null then 'not_reported'
            when report_session_count = export_session_count then 'none'
            when not is_final then 'not_final'
            when is_sampled then 'sampled'
            when
                unconsented_event_count > 0
                and report_session_count > export_session_count
                then 'modelled_without_consent'
            when is_thresholded and report_session_count < export_session_count
                then 'small_rows_hidden'
            else 'estimated'
        end as reason,
        is_sampled,
        is_thresholded,
        has_other_row,
    from compared
)

select * from final
