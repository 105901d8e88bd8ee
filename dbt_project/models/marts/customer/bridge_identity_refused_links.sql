with refused as (
    select * from {{ ref('int_identity_refused_links') }}
),

final as (
    select
        evidence_id,
        left_customer_id,
        right_customer_id,
        left_type,
        left_namespace,
        left_value,
        right_type,
        right_namespace,
        right_value,
        source,
        kind,
        first_seen_at,
        last_seen_at,
        evidence_count,
        refusal_reason,
    from refused
)

select * from final
