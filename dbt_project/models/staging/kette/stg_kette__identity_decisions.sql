-- the build writes the table from the control store before the models read it
with decisions as (
    select * from {{ target.database }}.kette.identity_decisions
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
