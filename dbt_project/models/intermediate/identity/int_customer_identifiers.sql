with clusters as (
    select * from {{ ref('int_identity_clusters') }}
    -- a value like 'undefined' is nobody: what carries it has no person
    where refusal_reason is distinct from 'blocked_value'
),

nodes as (
    select * from {{ ref('int_identity_nodes') }}
),

final as (
    select
        {{ identity_id(
            'c',
            'clusters.canonical_type',
            'clusters.canonical_namespace',
            'clusters.canonical_value'
        ) }} as customer_id,
        clusters.identifier_type,
        clusters.identifier_namespace,
        clusters.identifier_value,
        nodes.is_shared,
        nodes.first_seen_at,
        nodes.last_seen_at,
    from clusters
    inner join nodes
        on clusters.identifier_type = nodes.identifier_type
        and clusters.identifier_namespace = nodes.identifier_namespace
        and clusters.identifier_value = nodes.identifier_value
)

select * from final
