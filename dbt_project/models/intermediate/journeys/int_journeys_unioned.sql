{% for kind in ['acquisition', 'onboarding', 'support', 'renewal'] %}
select * from {{ ref('int_' ~ kind ~ '_journeys_built') }}
{% if not loop.last %}union all by name{% endif %}
{% endfor %}
