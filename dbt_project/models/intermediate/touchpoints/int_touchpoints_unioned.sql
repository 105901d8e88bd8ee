{% set sources = [
    'mixpanel',
    'chartmogul',
    'tawk',
    'hubspot',
    'salesforce',
    'activecampaign',
    'calendly',
    'files',
    'surveys',
    'ga4',
    'woocommerce',
    'wordpress',
] %}

with unioned as (
    {% for source in sources %}
    select * from {{ ref('int_' ~ source ~ '__touchpoints') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

happened as (
    select
        md5(concat_ws('|', source, source_record_id, touchpoint)) as touchpoint_id,
        *,
    from unioned
    where occurred_at < {{ as_of() }}
)

select * from happened
