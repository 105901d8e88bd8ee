with journeys as (
    {{ counted_journeys() }}
),

moves as (
    select * from {{ ref('fct_journey_transitions') }}
),

-- a journey may come to a step again: it counts once there
final as (
    select
        journeys.period_start,
        journeys.journey_type,
        journeys.channel,
        moves.from_step as journey_step,
        count(distinct moves.journey_id) as reached_count,
        count(distinct moves.journey_id) filter (
            where moves.to_step = 'dropped_off'
        ) as dropped_count,
    from moves
    inner join journeys
        on moves.journey_id = journeys.journey_id
    group by all
)

select * from final
