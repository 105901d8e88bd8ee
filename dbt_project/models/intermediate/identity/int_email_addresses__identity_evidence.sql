with addresses as (
    select * from {{ ref('int_email_addresses_normalised') }}
),

-- an address that only an invoice goes to is nobody's yet, however it is written
persons as (
    {% for side in ['left', 'right'] %}
    select {{ side }}_value as email_text
    from {{ ref('int_identity_evidence_unioned') }}
    where {{ side }}_type = 'email'
    union
    {% endfor %}
    select identifier_value as email_text
    from {{ ref('int_touchpoints_unioned') }}
    where identifier_type = 'email'
),

known as (
    select distinct coalesce(addresses.email, persons.email_text) as email
    from persons
    left join addresses
        on persons.email_text = addresses.email_text
)

select
    'spelling' as source,
    'spelling' as kind,
    'email' as left_type,
    'global' as left_namespace,
    addresses.email_text as left_value,
    'email' as right_type,
    'global' as right_namespace,
    addresses.email as right_value,
    cast(null as timestamptz) as first_seen_at,
    cast(null as timestamptz) as last_seen_at,
    cast(1 as bigint) as evidence_count,
from addresses
inner join known
    on addresses.email = known.email
where addresses.email != addresses.email_text
