with links as (
    select * from {{ ref('int_identity_links_weighed') }}
),

identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
),

final as (
    select
        identifiers.customer_id,
        links.left_type,
        links.left_namespace,
        links.left_value,
        links.right_type,
        links.right_namespace,
        links.right_value,
        links.strength_rank,
        links.is_backbone,
        links.is_bridge,
        links.split_size,
    from links
    inner join identifiers
        on links.left_type = identifiers.identifier_type
        and links.left_namespace = identifiers.identifier_namespace
        and links.left_value = identifiers.identifier_value
)

select * from final
