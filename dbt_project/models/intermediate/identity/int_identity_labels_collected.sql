-- what is told again with every login proves the pair at its last time, a merge at its
-- first
{% set told_again = "kind in ('login', 'alias')" %}

with evidence as (
    select
        *,
        (left_type, left_namespace, left_value)
        < (right_type, right_namespace, right_value) as is_in_order,
        case when {{ told_again }} then last_seen_at else first_seen_at end as told_at,
    from {{ ref('int_identity_evidence') }}
    where kind in ('login', 'alias', 'crm_merge', 'lead_conversion')
),

nodes as (
    select * from {{ ref('int_identity_nodes') }}
),

-- two systems may tell of the same pair, and name its ends in either order
pairs as (
    select
        {% for side, other in [('left', 'right'), ('right', 'left')] %}
        {% for part in ['type', 'namespace', 'value'] %}
        case when is_in_order then {{ side }}_{{ part }} else {{ other }}_{{ part }} end
            as {{ side }}_{{ part }},
        {% endfor %}
        {% endfor %}
        arg_max(kind, told_at) as kind,
        arg_max(source, told_at) as source,
        max(told_at) as labelled_at,
        min(first_seen_at) as first_labelled_at,
    from evidence
    where told_at < {{ as_of() }}
    group by all
),

final as (
    select
        md5(
            concat_ws(
                '|',
                pairs.left_type, pairs.left_namespace, pairs.left_value,
                pairs.right_type, pairs.right_namespace, pairs.right_value
            )
        ) as label_id,
        pairs.left_type,
        pairs.left_namespace,
        pairs.left_value,
        pairs.right_type,
        pairs.right_namespace,
        pairs.right_value,
        pairs.kind,
        pairs.source,
        pairs.labelled_at,
        {{ identity_labels_from() }} as map_as_of,
        pairs.first_labelled_at < {{ identity_labels_from() }} as is_repeated,
        coalesce(
            lefts.first_seen_at < {{ identity_labels_from() }}
            and rights.first_seen_at < {{ identity_labels_from() }},
            false
        ) as is_known_before,
    from pairs
    inner join nodes as lefts
        on pairs.left_type = lefts.identifier_type
        and pairs.left_namespace = lefts.identifier_namespace
        and pairs.left_value = lefts.identifier_value
    inner join nodes as rights
        on pairs.right_type = rights.identifier_type
        and pairs.right_namespace = rights.identifier_namespace
        and pairs.right_value = rights.identifier_value
    where pairs.labelled_at >= {{ identity_labels_from() }}
)

select * from final
