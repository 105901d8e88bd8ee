with evidence as (
    select * from {{ ref('int_identity_evidence') }}
),

clusters as (
    select
        *,
        {{ identity_id(
            'c', 'canonical_type', 'canonical_namespace', 'canonical_value'
        ) }} as customer_id,
    from {{ ref('int_identity_clusters') }}
),

nodes as (
    select * from {{ ref('int_identity_nodes') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'person'
),

decisions as (
    select * from {{ ref('stg_kette__identity_decisions') }}
    where action = 'cut'
),

limited as (
    select distinct
        clusters.customer_id,
        clusters.identifier_type,
        clusters.identifier_namespace,
        rules.priority,
    from clusters
    inner join rules
        on clusters.identifier_type = rules.identifier_type
    where rules.most_per_person is not null
),

shared as (
    select
        nodes.identifier_type,
        nodes.identifier_namespace,
        nodes.identifier_value,
    from nodes
    left join rules
        on nodes.identifier_type = rules.identifier_type
    where nodes.is_shared or not coalesce(rules.is_unique, false)
),

decided_apart as (
    select
        lefts.customer_id,
        rights.customer_id as other_customer_id,
        'cut_by_hand' as cut_reason,
    from decisions
    inner join clusters as lefts
        on decisions.left_type = lefts.identifier_type
        and decisions.left_namespace = lefts.identifier_namespace
        and decisions.left_value = lefts.identifier_value
    inner join clusters as rights
        on decisions.right_type = rights.identifier_type
        and decisions.right_namespace = rights.identifier_namespace
        and decisions.right_value = rights.identifier_value
),

cuts as (
    select * from decided_apart
    union
    select
        other_customer_id as customer_id,
        customer_id as other_customer_id,
        cut_reason,
    from decided_apart
),

-- a link is refused exactly when its two ends ended up apart
apart as (
    select
        evidence.*,
        lefts.customer_id as left_customer_id,
        rights.customer_id as right_customer_id,
        coalesce(lefts.refusal_reason, rights.refusal_reason) as barred_reason,
    from evidence
    inner join clusters as lefts
        on evidence.left_type = lefts.identifier_type
        and evidence.left_namespace = lefts.identifier_namespace
        and evidence.left_value = lefts.identifier_value
    inner join clusters as rights
        on evidence.right_type = rights.identifier_type
        and evidence.right_namespace = rights.identifier_namespace
        and evidence.right_value = rights.identifier_value
    where lefts.customer_id != rights.customer_id
),

conflicts as (
    select
        apart.evidence_id,
        arg_min(left_limited.identifier_type, left_limited.priority) as identifier_type,
    from apart
    inner join limited as left_limited
        on apart.left_customer_id = left_limited.customer_id
    inner join limited as right_limited
        on apart.right_customer_id = right_limited.customer_id
        and left_limited.identifier_type = right_limited.identifier_type
        and left_limited.identifier_namespace = right_limited.identifier_namespace
    where apart.barred_reason is null
    group by all
),

final as (
    select
        apart.evidence_id,
        apart.left_customer_id,
        apart.right_customer_id,
        apart.left_type,
        apart.left_namespace,
        apart.left_value,
        apart.right_type,
        apart.right_namespace,
        apart.right_value,
        apart.source,
        apart.kind,
        apart.first_seen_at,
        apart.last_seen_at,
        apart.evidence_count,
        coalesce(
            apart.barred_reason,
            cuts.cut_reason,
            case
                when
                    left_shared.identifier_value is not null
                    or right_shared.identifier_value is not null
                    then 'shared_identifier'
            end,
            'too_many:' || conflicts.identifier_type
        ) as refusal_reason,
    from apart
    left join conflicts
        on apart.evidence_id = conflicts.evidence_id
    left join cuts
        on apart.left_customer_id = cuts.customer_id
        and apart.right_customer_id = cuts.other_customer_id
    left join shared as left_shared
        on apart.left_type = left_shared.identifier_type
        and apart.left_namespace = left_shared.identifier_namespace
        and apart.left_value = left_shared.identifier_value
    left join shared as right_shared
        on apart.right_type = right_shared.identifier_type
        and apart.right_namespace = right_shared.identifier_namespace
        and apart.right_value = right_shared.identifier_value
)

select * from final
