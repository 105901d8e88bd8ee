with evidence as (
    select * from {{ ref('int_identity_evidence') }}
),

identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
),

final as (
    select
        evidence.evidence_id,
        lefts.customer_id,
        evidence.left_type,
        evidence.left_namespace,
        evidence.left_value,
        evidence.right_type,
        evidence.right_namespace,
        evidence.right_value,
        evidence.source,
        evidence.kind,
        evidence.first_seen_at,
        evidence.last_seen_at,
        evidence.evidence_count,
    from evidence
    inner join identifiers as lefts
        on evidence.left_type = lefts.identifier_type
        and evidence.left_namespace = lefts.identifier_namespace
        and evidence.left_value = lefts.identifier_value
    inner join identifiers as rights
        on evidence.right_type = rights.identifier_type
        and evidence.right_namespace = rights.identifier_namespace
        and evidence.right_value = rights.identifier_value
        and lefts.customer_id = rights.customer_id
)

select * from final
