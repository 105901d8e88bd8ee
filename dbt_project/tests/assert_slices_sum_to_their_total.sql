-- what the catalogue calls additive, or a stock at one moment, adds up over channels
with figures as (
    select
        metric,
        period_start,
        journey_step,
        journey_phase,
        channel,
        numerator,
        coalesce(denominator, 0) as denominator,
    from {{ ref('mtr_monthly') }}
),

additive_metrics as (
    select * from {{ ref('metrics') }}
    where additivity in ('additive', 'stock')
),

sliced as (
    select
        figures.metric,
        figures.period_start,
        figures.journey_step,
        figures.journey_phase,
        sum(figures.numerator) filter (where figures.channel = 'all')
            as total_numerator,
        sum(figures.numerator) filter (where figures.channel != 'all')
            as summed_numerator,
        sum(figures.denominator) filter (where figures.channel = 'all')
            as total_denominator,
        sum(figures.denominator) filter (where figures.channel != 'all')
            as summed_denominator,
    from figures
    inner join additive_metrics
        on figures.metric = additive_metrics.metric
    group by all
)

select * from sliced
where
    coalesce(abs(total_numerator - summed_numerator) > 0.001, true)
    or coalesce(abs(total_denominator - summed_denominator) > 0.001, true)
