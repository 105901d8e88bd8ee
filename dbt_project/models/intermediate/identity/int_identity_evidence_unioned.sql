{% set sources = [
    'mixpanel',
    'tawk',
    'hubspot',
    'salesforce',
    'activecampaign',
    'calendly',
    'files',
    'trustmary',
    'typeform',
    'delighted',
    'ga4',
    'woocommerce',
    'manual',
] %}

with unioned as (
    {% for source in sources %}
    select
        '{{ source }}' as source,
        *,
    from {{ ref('int_' ~ source ~ '__identity_evidence') }}
    {% if not loop.last %}union all by name{% endif %}
    {% endfor %}
),

final as (
    select
        {{ evidence_id() }} as evidence_id,
        left_type,
        left_namespace,
        left_value,
        right_type,
        right_namespace,
        right_value,
        source,
        kind,
        first_seen_at,
        last_seen_at,
        evidence_count,
    from unioned
    -- an empty text names nobody
    where left_value != '' and right_value != ''
)

select * from final
