{# The staging models that cast free-form values. #}
{% set models = [
    'stg_activecampaign__campaign_reports',
    'stg_activecampaign__campaigns',
    'stg_activecampaign__contact_automations',
    'stg_activecampaign__contacts',
    'stg_activecampaign__deals',
    'stg_activecampaign__link_data',
    'stg_activecampaign__links',
    'stg_calendly__event_types',
    'stg_calendly__invitees',
    'stg_calendly__scheduled_events',
    'stg_chartmogul__activities',
    'stg_chartmogul__customers',
    'stg_chartmogul__invoice_line_items',
    'stg_chartmogul__invoices',
    'stg_chartmogul__metrics_customer_count',
    'stg_chartmogul__metrics_mrr',
    'stg_chartmogul__plans',
    'stg_chartmogul__subscriptions',
    'stg_chartmogul__transactions',
    'stg_delighted__survey_responses',
    'stg_files__orders',
    'stg_files__surveys',
    'stg_files__touchpoints',
    'stg_ga4__events',
    'stg_ga4__report_days',
    'stg_google_ads__campaign_days',
    'stg_hubspot__companies',
    'stg_hubspot__deals',
    'stg_hubspot__tickets',
    'stg_linkedin_pages__follower_statistics',
    'stg_linkedin_pages__network_sizes',
    'stg_linkedin_pages__share_statistics',
    'stg_meta_ads__insights',
    'stg_mixpanel__events',
    'stg_mixpanel__profiles',
    'stg_salesforce__accounts',
    'stg_salesforce__cases',
    'stg_salesforce__events',
    'stg_salesforce__leads',
    'stg_salesforce__opportunities',
    'stg_salesforce__tasks',
    'stg_tawk__messages',
    'stg_tawk__tickets',
    'stg_trustmary__answers',
    'stg_trustmary__contacts',
    'stg_trustmary__reviews',
    'stg_trustmary__surveys',
    'stg_typeform__responses',
    'stg_woocommerce__order_states',
    'stg_woocommerce__orders',
] %}

with unioned as (
    {% for model in models %}
    {% set source, record = model[4:].split('__') %}
    select
        '{{ source }}' as source,
        '{{ record }}' as record,
        unnest(unread_values) as unread,
    from {{ ref(model) }}
    where unread_values is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

named as (
    select
        source,
        record,
        unread.field,
        -- what it looked like, and not what it said: it may be about a person
        left(
            regexp_replace(
                regexp_replace(unread.text, '[\p{L}\p{M}]', 'x', 'g'),
                '\p{N}', '9', 'g'
            ),
            40
        ) as example,
    from unioned
),

final as (
    select
        source || '|' || record || '|' || field as unread_value_id,
        source,
        record,
        field,
        count(*) as value_count,
        min(example) as example,
    from named
    group by all
)

select * from final
