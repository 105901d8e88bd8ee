{{ config(materialized='view') }}

{% for record in ['contact', 'lead'] %}
select
    'crm_{{ record }}_id' as identifier_type,
    'salesforce' as identifier_namespace,
    {{ record }}_id as identifier_value,
    created_at as first_seen_at,
    updated_at as last_seen_at,
from {{ ref('stg_salesforce__' ~ record ~ 's') }}
where not is_deleted and created_at < {{ as_of() }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
