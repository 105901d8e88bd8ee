with touchpoints as (
    select * from {{ ref('int_touchpoints_sessionized') }}
    where session_id is not null
),

sessions as (
    select
        session_id,
        customer_id,
        any_value(account_id) as account_id,
        source,
        min(occurred_at) as started_at,
        min(occurred_at) as occurred_at,
        max(occurred_at) as ended_at,
        date_diff('second', min(occurred_at), max(occurred_at)) as duration_seconds,
        count(*) as touchpoint_count,
        arg_min(touchpoint, session_position) as entry_touchpoint,
        arg_max(touchpoint, session_position) as exit_touchpoint,
        coalesce(
            arg_min(
                json_extract_string(properties, '$.acquisition_channel'),
                session_position
            ) filter (
                where json_extract_string(properties, '$.acquisition_channel')
                is not null
            ),
            'direct'
        ) as acquisition_channel,
        arg_min(campaign, session_position) filter (
            where campaign is not null
        ) as campaign,
    from touchpoints
    group by session_id, customer_id, source
)

select * from sessions
