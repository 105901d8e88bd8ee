with journeys as (
    {{ counted_journeys() }}
),

moves as (
    select
        journey_id,
        step_index,
        from_step as journey_step,
        lead(from_step) over (
            partition by journey_id order by step_index
        ) as next_step,
    from {{ ref('fct_journey_transitions') }}
),

final as (
    select
        journeys.period_start,
        journeys.journey_type,
        journeys.channel,
        moves.step_index,
        moves.journey_step,
        moves.next_step,
        journeys.outcome,
        count(*) as journey_count,
    from moves
    inner join journeys
        on moves.journey_id = journeys.journey_id
    group by all
)

select * from final
