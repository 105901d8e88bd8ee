with blocked as (
    select * from {{ ref('blocked_identifiers') }}
),

addresses as (
    select * from {{ ref('int_email_addresses_normalised') }}
),

final as (
    select * from blocked
    union all by name
    select
        'email' as identifier_type,
        'exact' as match,
        email_text as value,
        'it is no e-mail address' as reason,
    from addresses
    where email is null
)

select * from final
