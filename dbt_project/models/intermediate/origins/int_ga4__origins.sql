{{ config(materialized='view') }}

select
    session_id as record_id,
    'ga4' as source,
    started_at as occurred_at,
    origin_id,
    utm_source,
    utm_medium,
    has_campaign,
    referrer_host,
    page_host,
    click_names,
    is_ad_click,
from {{ ref('int_ga4__sessions_grouped') }}
