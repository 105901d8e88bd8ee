-- columns of a file that a mapping leaves to its properties and that tell where
-- somebody came from, under the names that programs give them
{% set names = {
    'utm_source': ['utm_source', 'utmSource', 'Source / utm_source'],
    'utm_medium': ['utm_medium', 'utmMedium'],
    'utm_campaign': ['utm_campaign', 'utmCampaign'],
    'referrer': ['referrer', 'referer', 'referring_domain', '$referrer'],
    'page_url': ['page_url', 'url', 'current_url', 'landing_page', 'page_location'],
} %}

with touchpoints as (
    select
        row_id,
        source,
        occurred_at,
        {{ json_texts('properties', names) }} as texts,
    from {{ ref('stg_files__touchpoints') }}
    where properties is not null
),

unpacked as (
    select
        row_id,
        source,
        occurred_at,
        {{ json_columns('texts', names) }}
    from touchpoints
),

final as (
    select
        row_id,
        source,
        occurred_at,
        {{ campaign_mark('utm_source') }} as utm_source,
        {{ campaign_mark('utm_medium') }} as utm_medium,
        coalesce({{ campaign_mark('utm_campaign') }} is not null, false)
            as has_campaign,
        {{ url_host('referrer') }} as referrer_host,
        {{ url_host('page_url') }} as page_host,
        {{ query_names('page_url') }} as click_names,
        false as is_ad_click,
    from unpacked
    where
        coalesce(utm_source, utm_medium, utm_campaign, referrer, page_url) is not null
)

select
    *,
    {{ origin_id() }} as origin_id,
from final
