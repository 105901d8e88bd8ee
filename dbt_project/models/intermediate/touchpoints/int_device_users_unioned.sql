{% set sources = ['mixpanel', 'ga4'] %}

with unioned as (
    {% for source in sources %}
    select * from {{ ref('int_' ~ source ~ '__device_users') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

happened as (
    select * from unioned
    where occurred_at < {{ as_of() }}
)

select * from happened
