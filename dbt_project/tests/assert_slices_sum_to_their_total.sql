-- what the catalogue calls additive, or a stock at one moment, adds up over each
-- dimension
{% set dimensions = ['channel', 'journey_step', 'journey_phase', 'persona'] %}

with additive_metrics as (
    select metric from {{ ref('metrics') }}
    where additivity in ('additive', 'stock')
),

figures as (
    select
        figures.metric,
        figures.period_start,
        figures.channel,
        figures.journey_step,
        figures.journey_phase,
        figures.persona,
        figures.numerator,
        coalesce(figures.denominator, 0) as denominator,
    from {{ ref('mtr_monthly') }} as figures
    inner join additive_metrics
        on figures.metric = additive_metrics.metric
),

sliced as (
    {% for dimension in dimensions %}
    select
        '{{ dimension }}' as dimension,
        metric,
        period_start,
        {% for other in dimensions if other != dimension %}
        {{ other }} as other_{{ loop.index }},
        {% endfor %}
        sum(numerator) filter (where {{ dimension }} = 'all')
            as total_numerator,
        sum(numerator) filter (where {{ dimension }} != 'all')
            as summed_numerator,
        sum(denominator) filter (where {{ dimension }} = 'all')
            as total_denominator,
        sum(denominator) filter (where {{ dimension }} != 'all')
            as summed_denominator,
    from figures
    group by all
    -- a metric has either no slices of a dimension, or no total over it, or both
    having
        count(*) filter (where {{ dimension }} = 'all') > 0
        and count(*) filter (where {{ dimension }} != 'all') > 0
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

-- a double holds fifteen digits
select * from sliced
where
    coalesce(
        abs(total_numerator - summed_numerator)
        > greatest(0.001, 1e-12 * abs(total_numerator)),
        true
    )
    or coalesce(
        abs(total_denominator - summed_denominator)
        > greatest(0.001, 1e-12 * abs(total_denominator)),
        true
    )
