{{ config(materialized='view') }}

select
    case when user_id is not null then 'user_id' else 'device_id' end
        as identifier_type,
    'mixpanel' as identifier_namespace,
    coalesce(user_id, device_id) as identifier_value,
    created_at as first_seen_at,
    updated_at as last_seen_at,
from {{ ref('stg_mixpanel__profiles') }}
where not coalesce(is_deleted, false)
