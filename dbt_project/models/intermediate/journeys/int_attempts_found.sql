-- Attempts at a checkout or a form, as a funnel of two steps: whoever is seen in it has
-- begun, whatever came first. The next one begins once this one has ended.
with touches as (
    select * from {{ ref('int_attempt_touches') }}
),

entries as (
    {{ funnel(
        ref('int_attempt_touches'),
        steps=["role != 'ends'", "role = 'ends'"],
        window_seconds='window_seconds',
        count='every',
        known_before=as_of(),
        person='attempt_of'
    ) }}
),

-- an attempt is over at its goal, or with its window
attempted as (
    select
        touches.attempt_of,
        entries.entry_number,
        entries.step_1_at as started_at,
        entries.step_2_at as completed_at,
        entries.is_open,
        touches.touchpoint_id,
        touches.customer_id,
        touches.account_id,
        touches.attempt_kind,
        touches.role,
        touches.source,
        touches.touchpoint,
        touches.channel,
        touches.occurred_at,
    from entries
    inner join touches
        on entries.attempt_of = touches.attempt_of
        and entries.step_1_at <= touches.occurred_at
        and coalesce(
            entries.step_2_at,
            entries.step_1_at + to_milliseconds(touches.window_seconds * 1000)
        ) >= touches.occurred_at
),

summed as (
    select
        attempt_of,
        entry_number,
        customer_id,
        attempt_kind,
        started_at,
        completed_at,
        is_open,
        arg_min(account_id, (occurred_at, touchpoint_id)) as account_id,
        arg_min(source, (occurred_at, touchpoint_id)) filter (
            where role != 'ends'
        ) as source,
        arg_min(channel, (occurred_at, touchpoint_id)) filter (
            where role != 'ends'
        ) as channel,
        arg_max(touchpoint, (occurred_at, touchpoint_id)) filter (
            where role != 'ends'
        ) as last_touchpoint,
        max(occurred_at) filter (where role != 'ends') as last_touched_at,
        count(*) as touchpoint_count,
    from attempted
    group by all
),

-- what came of it later
followed as (
    select
        *,
        lead(started_at) over (
            partition by attempt_of
            order by entry_number
        ) as began_again_at,
        min(completed_at) over (
            partition by attempt_of
            order by entry_number
            rows between 1 following and unbounded following
        ) as completed_later_at,
    from summed
),

final as (
    select
        'attempt_' || md5(attempt_of || '|' || entry_number) as attempt_id,
        customer_id,
        account_id,
        attempt_kind,
        source,
        channel,
        started_at,
        last_touchpoint,
        last_touched_at,
        touchpoint_count,
        case
            when completed_at is not null then 'completed'
            when is_open then 'open'
            else 'abandoned'
        end as outcome,
        completed_at,
        began_again_at,
        completed_later_at,
    from followed
)

select * from final
