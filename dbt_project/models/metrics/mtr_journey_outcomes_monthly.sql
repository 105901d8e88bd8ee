with journeys as (
    {{ counted_journeys() }}
),

-- a median of several months is none of their medians, so each duration is kept
final as (
    select
        period_start,
        journey_type,
        channel,
        outcome,
        duration_seconds,
        count(*) as journey_count,
    from journeys
    group by all
)

select * from final
