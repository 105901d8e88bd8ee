with journeys as (
    select * from {{ ref('fct_journeys') }}
),

steps as (
    select * from {{ ref('int_journey_steps_ordered') }}
),

followed as (
    select
        *,
        lead(journey_step) over in_journey as next_step,
        lead(channel) over in_journey as next_channel,
        lead(occurred_at) over in_journey as next_at,
    from steps
    window in_journey as (partition by journey_id order by step_number)
),

transitions as (
    select
        followed.journey_id || '-' || followed.step_number as transition_id,
        followed.journey_id,
        journeys.journey_type,
        journeys.customer_id,
        journeys.account_id,
        journeys.source,
        followed.occurred_at,
        followed.step_number as step_index,
        followed.journey_step as from_step,
        coalesce(
            followed.next_step,
            case journeys.outcome
                when 'abandoned' then 'dropped_off' else journeys.outcome
            end
        ) as to_step,
        followed.channel as from_channel,
        followed.next_channel as to_channel,
        followed.touch_count as touchpoint_count,
        {{ seconds_between(
            'followed.occurred_at', 'coalesce(followed.next_at, journeys.ended_at)'
        ) }} as seconds_between,
    from followed
    inner join journeys
        on followed.journey_id = journeys.journey_id
)

select * from transitions
