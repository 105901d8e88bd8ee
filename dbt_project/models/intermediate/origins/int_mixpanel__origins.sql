{{ config(materialized='view') }}

select
    event_id as record_id,
    'mixpanel' as source,
    occurred_at,
    origin_id,
    utm_source,
    utm_medium,
    has_campaign,
    referrer_host,
    page_host,
    click_names,
    is_ad_click,
from {{ ref('stg_mixpanel__events') }}
