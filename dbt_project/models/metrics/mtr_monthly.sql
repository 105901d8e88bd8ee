{# A view: each family is built, tested and withheld by itself. #}
{# Publishing makes it anew of the families it has (orchestration/tables.py). #}
{{ config(materialized='view') }}

{% set families = [
    'revenue', 'commerce', 'sales', 'marketing', 'web', 'journey', 'support', 'feedback',
    'retention', 'steps',
] %}

with unioned as (
    {% for family in families %}
    select
        'mtr_{{ family }}_monthly' as source_model,
        *,
    from {{ ref('mtr_' ~ family ~ '_monthly') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        source_model,
        metric,
        period_start,
        grain,
        channel,
        journey_step,
        journey_phase,
        persona,
        numerator,
        denominator,
        sum_of_squares,
        sample_size,
        population_size,
        ripe_from,
    from unioned
)

select * from final
