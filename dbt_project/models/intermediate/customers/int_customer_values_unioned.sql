{% set sources = [
    'hubspot',
    'salesforce',
    'mixpanel',
    'tawk',
    'activecampaign',
    'calendly',
    'trustmary',
    'delighted',
    'woocommerce',
] %}

with unioned as (
    {% for source in sources %}
    select
        '{{ source }}' as source,
        *,
    from {{ ref('int_' ~ source ~ '__customer_values') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
)

select * from unioned
where identifier_value is not null
