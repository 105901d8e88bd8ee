with suspects as (
    select * from {{ ref('int_identity_junk_suspected') }}
),

identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
),

final as (
    select
        identifiers.customer_id,
        suspects.identifier_type,
        suspects.identifier_namespace,
        suspects.identifier_value,
        suspects.link_count,
        suspects.person_count,
        suspects.usual_link_count,
        suspects.usual_person_count,
        suspects.expected_count,
    from suspects
    inner join identifiers
        on suspects.identifier_type = identifiers.identifier_type
        and suspects.identifier_namespace = identifiers.identifier_namespace
        and suspects.identifier_value = identifiers.identifier_value
)

select * from final
