with unioned as (
    select * from {{ ref('int_identity_evidence_unioned') }}
),

addresses as (
    select * from {{ ref('int_email_addresses__identity_evidence') }}
),

spelled as (
    select
        {{ evidence_id() }} as evidence_id,
        *,
    from addresses
),

final as (
    select * from unioned
    union all by name
    select * from spelled
)

select * from final
