with labels as (
    select * from {{ ref('int_identity_labels_collected') }}
),

clusters as (
    select
        *,
        {{ identity_id(
            'c', 'canonical_type', 'canonical_namespace', 'canonical_value'
        ) }} as customer_id,
    from {{ ref('int_identity_clusters_before') }}
),

identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'person' and most_per_person = 1
),

-- what identifies nobody proves nothing
placed as (
    select
        labels.*,
        lefts.customer_id as left_customer_id,
        rights.customer_id as right_customer_id,
    from labels
    inner join clusters as lefts
        on labels.left_type = lefts.identifier_type
        and labels.left_namespace = lefts.identifier_namespace
        and labels.left_value = lefts.identifier_value
    inner join clusters as rights
        on labels.right_type = rights.identifier_type
        and labels.right_namespace = rights.identifier_namespace
        and labels.right_value = rights.identifier_value
    where
        lefts.refusal_reason is distinct from 'blocked_value'
        and rights.refusal_reason is distinct from 'blocked_value'
),

-- the map had given the one end to a person with another user id than the other end
contradicted as (
    {% for side, other in [('left', 'right'), ('right', 'left')] %}
    select distinct placed.label_id
    from placed
    inner join rules
        on placed.{{ other }}_type = rules.identifier_type
    inner join clusters
        on placed.{{ side }}_customer_id = clusters.customer_id
        and placed.{{ other }}_type = clusters.identifier_type
        and placed.{{ other }}_namespace = clusters.identifier_namespace
        and placed.{{ other }}_value != clusters.identifier_value
    where placed.left_type != placed.right_type
    {% if not loop.last %}union{% endif %}
    {% endfor %}
),

final as (
    select
        placed.label_id,
        identifiers.customer_id,
        placed.left_type,
        placed.left_namespace,
        placed.left_value,
        placed.right_type,
        placed.right_namespace,
        placed.right_value,
        placed.kind,
        placed.source,
        placed.labelled_at,
        placed.map_as_of,
        placed.is_repeated,
        case
            when not placed.is_known_before then 'not_known_before'
            when placed.left_customer_id = placed.right_customer_id then 'confirmed'
            when contradicted.label_id is not null then 'contradicted'
            else 'missed'
        end as verdict,
    from placed
    left join contradicted
        on placed.label_id = contradicted.label_id
    left join identifiers
        on placed.left_type = identifiers.identifier_type
        and placed.left_namespace = identifiers.identifier_namespace
        and placed.left_value = identifiers.identifier_value
)

select * from final
