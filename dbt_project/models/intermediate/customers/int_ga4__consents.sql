{{ config(materialized='view') }}

-- each event repeats the browser's word: it counts where it begins and where it was
-- said last
select
    'ga4' as source,
    'analytics' as purpose,
    'cookie_id' as identifier_type,
    'ga4' as identifier_namespace,
    user_pseudo_id as identifier_value,
    'event' as record,
    event_id as record_id,
    _dlt_load_id as load_id,
    has_consent as is_given,
    occurred_at as stated_at,
from {{ ref('stg_ga4__events') }}
where
    user_pseudo_id is not null
    and has_consent is not null
    and occurred_at < {{ as_of() }}
window said as (partition by user_pseudo_id order by occurred_at, event_id)
qualify
    has_consent is distinct from lag(has_consent) over said
    or lead(event_id) over said is null
