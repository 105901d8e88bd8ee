with addresses as (
    select * from {{ ref('int_email_addresses_normalised') }}
)

select
    'spelling' as source,
    'spelling' as kind,
    'email' as left_type,
    'global' as left_namespace,
    email_text as left_value,
    'email' as right_type,
    'global' as right_namespace,
    email as right_value,
    cast(null as timestamptz) as first_seen_at,
    cast(null as timestamptz) as last_seen_at,
    cast(1 as bigint) as evidence_count,
from addresses
where email != email_text
