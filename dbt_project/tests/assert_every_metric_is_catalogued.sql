-- a metric without a line in the catalogue has no name, no meaning and no owner
{% set tables = [
    'mtr_revenue_monthly', 'mtr_support_monthly', 'mtr_journey_monthly',
    'mtr_retention_monthly', 'mtr_retention_factors',
    'mtr_feedback_monthly',
] %}

with computed as (
    {% for table in tables %}
    select distinct
        metric,
        '{{ table }}' as source_model,
    from {{ ref(table) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select computed.*
from computed
left join {{ ref('metrics') }} as catalogue
    on computed.metric = catalogue.metric
    and computed.source_model = catalogue.source_model
where catalogue.metric is null
