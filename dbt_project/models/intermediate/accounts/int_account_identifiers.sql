with clusters as (
    select * from {{ ref('int_account_clusters') }}
    where refusal_reason is distinct from 'blocked_value'
),

nodes as (
    select * from {{ ref('int_account_nodes') }}
),

final as (
    select
        {{ identity_id(
            'a',
            'clusters.canonical_type',
            'clusters.canonical_namespace',
            'clusters.canonical_value'
        ) }} as account_id,
        clusters.identifier_type,
        clusters.identifier_namespace,
        clusters.identifier_value,
        nodes.first_seen_at,
    from clusters
    inner join nodes
        on clusters.identifier_type = nodes.identifier_type
        and clusters.identifier_namespace = nodes.identifier_namespace
        and clusters.identifier_value = nodes.identifier_value
)

select * from final
