with unioned as (
    {{ union_of('identity_evidence', is_named=true) }}
),

final as (
    select
        {{ evidence_id() }} as evidence_id,
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
    from unioned
    -- an empty text names nobody
    where left_value != '' and right_value != ''
)

select * from final
