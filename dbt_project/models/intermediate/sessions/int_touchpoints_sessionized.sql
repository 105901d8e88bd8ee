{# A table: its windows are computed once for touchpoints and visits. #}
{{ config(materialized='table') }}

with touchpoints as (
    select
        *,
        customer_id is not null
        and channel in ('website', 'app', 'ads') as is_visit,
    from {{ ref('int_touchpoints_identified') }}
),

gapped as (
    select
        *,
        lag(occurred_at) over visits as previous_at,
        lag(session_hint) over visits as previous_hint,
    from touchpoints
    window visits as (
        partition by customer_id, source, is_visit
        order by occurred_at, touchpoint_id
    )
),

numbered as (
    select
        *,
        sum(
            case
                when previous_at is null then 1
                when
                    occurred_at - previous_at
                    > to_minutes({{ var('session_idle_minutes') }})
                    then 1
                when session_hint is distinct from previous_hint then 1
                else 0
            end
        ) over (
            partition by customer_id, source, is_visit
            order by occurred_at, touchpoint_id
            rows between unbounded preceding and current row
        ) as session_number,
    from gapped
),

-- named after its first touchpoint, so that later visits leave the id alone
sessionized as (
    select
        * exclude (is_visit, previous_at, previous_hint, session_number),
        case
            when is_visit then 's_' || first_value(touchpoint_id) over in_session
        end as session_id,
        case
            when is_visit then row_number() over in_session
        end as session_position,
    from numbered
    window in_session as (
        partition by customer_id, source, is_visit, session_number
        order by occurred_at, touchpoint_id
    )
)

select * from sessionized
