with decisions as (
    select * from {{ ref('stg_kette__identity_decisions') }}
),

final as (
    select
        decision_id,
        action,
        left_type,
        left_namespace,
        left_value,
        right_type,
        right_namespace,
        right_value,
        why,
        decided_by,
        decided_at,
    from decisions
)

select * from final
