-- what the catalogue calls additive, or a stock at one moment, adds up over channels
{% set tables = [
    'mtr_revenue_monthly', 'mtr_support_monthly', 'mtr_journey_monthly',
    'mtr_retention_monthly', 'mtr_feedback_monthly',
] %}

with figures as (
    {% for table in tables %}
    select
        metric,
        period_start,
        journey_step,
        journey_phase,
        channel,
        numerator,
        coalesce(denominator, 0) as denominator,
    from {{ ref(table) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
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
