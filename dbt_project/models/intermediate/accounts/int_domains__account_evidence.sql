with domains as (
    select * from {{ ref('int_domains_normalised') }}
)

select
    'domain' as left_type,
    'global' as left_namespace,
    domain_text as left_value,
    'domain' as right_type,
    'global' as right_namespace,
    domain as right_value,
    'spelling' as kind,
    cast(null as timestamptz) as first_seen_at,
    cast(null as timestamptz) as last_seen_at,
from domains
where domain != domain_text
