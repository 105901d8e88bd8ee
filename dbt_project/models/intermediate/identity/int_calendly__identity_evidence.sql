-- Who books gives an address, and where a reminder is wanted a telephone number.
with invitees as (
    select * from {{ ref('stg_calendly__invitees') }}
    where created_at < {{ as_of() }}
),

phone_numbers as (
    select * from {{ ref('int_phone_numbers_normalised') }}
),

final as (
    select
        'email' as left_type,
        'global' as left_namespace,
        invitees.email as left_value,
        'phone' as right_type,
        'global' as right_namespace,
        phone_numbers.phone as right_value,
        'booking' as kind,
        min(invitees.created_at) as first_seen_at,
        max(invitees.created_at) as last_seen_at,
        count(*) as evidence_count,
    from invitees
    inner join phone_numbers
        on invitees.phone = phone_numbers.phone_text
    where invitees.email is not null
    group by all
)

select * from final
