{{ config(materialized='view') }}

select distinct
    case when user_id is not null then 'user_id' else 'device_id' end
        as identifier_type,
    'mixpanel' as identifier_namespace,
    coalesce(user_id, device_id) as identifier_value,
    browser,
from {{ ref('int_mixpanel__events') }}
where
    occurred_at < {{ as_of() }}
    and coalesce(user_id, device_id) is not null
    and browser is not null
