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
        lag(occurred_at) over (
            partition by customer_id, source, is_visit
            order by occurred_at, touchpoint_id
        ) as previous_at,
    from touchpoints
),

-- stretches of time without a longer pause
stretched as (
    select
        * exclude (previous_at),
        count(
            case
                when
                    occurred_at - previous_at
                    > interval {{ var('session_idle_minutes') }} minute
                    then 1
            end
        ) over (
            partition by customer_id, source, is_visit
            order by occurred_at, touchpoint_id
            rows between unbounded preceding and current row
        ) as stretch_number,
    from gapped
),

-- what tells no session of its own (a server sent it) goes with the one before it, or
-- with the first of its stretch
hinted as (
    select
        *,
        coalesce(
            session_hint,
            last_value(session_hint ignore nulls) over (
                stretch rows between unbounded preceding and current row
            ),
            first_value(session_hint ignore nulls) over (
                stretch rows between current row and unbounded following
            )
        ) as visit_hint,
    from stretched
    window stretch as (
        partition by customer_id, source, is_visit, stretch_number
        order by occurred_at, touchpoint_id
    )
),

-- two sessions that the source tells apart, such as two tabs, are two visits side by
-- side; a visit is named after its first touchpoint, so that later visits leave the id
-- alone
sessionized as (
    select
        * exclude (is_visit, stretch_number, visit_hint),
        case
            when is_visit then 's_' || first_value(touchpoint_id) over in_session
        end as session_id,
        case
            when is_visit then row_number() over in_session
        end as session_position,
    from hinted
    window in_session as (
        partition by customer_id, source, is_visit, stretch_number, visit_hint
        order by occurred_at, touchpoint_id
    )
)

select * from sessionized
