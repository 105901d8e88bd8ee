with journeys as (
    select * from {{ ref('int_acquisition_journeys_built') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints_phased') }}
    where
        customer_id is not null
        and journey_step is not null
        and is_interaction
        and direction is distinct from 'outbound'
),

conversations as (
    select * from {{ ref('int_conversations_chained') }}
),

acquisition_touches as (
    select
        journeys.journey_id,
        touchpoints.touchpoint_id as touch_id,
        touchpoints.occurred_at,
        touchpoints.journey_step,
        touchpoints.channel,
    from journeys
    inner join touchpoints
        on journeys.customer_id = touchpoints.customer_id
        and journeys.started_at <= touchpoints.occurred_at
        and (
            journeys.ended_at is null
            or journeys.ended_at >= touchpoints.occurred_at
        )
),

support_touches as (
    select
        journey_id,
        conversation_id as touch_id,
        opened_at as occurred_at,
        'solve_problem' as journey_step,
        channel,
    from conversations
),

touches as (
    select * from acquisition_touches
    union all
    select * from support_touches
),

compared as (
    select
        *,
        lag(journey_step) over in_journey as previous_step,
        row_number() over in_journey as touch_number,
        count(*) over (partition by journey_id) as journey_touch_count,
    from touches
    window in_journey as (partition by journey_id order by occurred_at, touch_id)
),

-- staying in a step is no move: the touch that enters it stands for it
entered as (
    select
        journey_id,
        occurred_at,
        journey_step,
        channel,
        row_number() over in_journey as step_number,
        lead(touch_number, 1, journey_touch_count + 1) over in_journey
        - touch_number as touch_count,
    from compared
    where journey_step is distinct from previous_step
    window in_journey as (partition by journey_id order by touch_number)
)

select * from entered
