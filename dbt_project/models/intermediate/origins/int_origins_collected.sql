{% set columns = [
    'origin_id', 'utm_source', 'utm_medium', 'has_campaign', 'referrer_host',
    'page_host', 'click_names', 'is_ad_click',
] %}

with unioned as (
    {% for model in [
        'stg_mixpanel__events', 'int_ga4__sessions_grouped', 'int_files__origins'
    ] -%}
    select {{ columns | join(', ') }} from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        origin_id,
        any_value(lower(utm_source)) as utm_source,
        any_value(lower(utm_medium)) as utm_medium,
        any_value(has_campaign) as has_campaign,
        any_value(referrer_host) as referrer_host,
        any_value(page_host) as page_host,
        any_value(click_names) as click_names,
        any_value(is_ad_click) as is_ad_click,
    from unioned
    group by origin_id
)

select * from final
