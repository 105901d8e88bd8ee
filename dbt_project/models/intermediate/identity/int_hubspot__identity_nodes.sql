{{ config(materialized='view') }}

select
    'crm_contact_id' as identifier_type,
    'hubspot' as identifier_namespace,
    contact_id as identifier_value,
    created_at as first_seen_at,
    updated_at as last_seen_at,
from {{ ref('stg_hubspot__contacts') }}
where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
