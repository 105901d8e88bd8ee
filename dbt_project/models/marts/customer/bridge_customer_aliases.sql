{# A view: any identifier's own id was once, or may have been, the id of its person. #}
{{ config(materialized='view') }}

with identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
),

final as (
    select
        {{ identity_id(
            'c', 'identifier_type', 'identifier_namespace', 'identifier_value'
        ) }} as alias_id,
        customer_id,
    from identifiers
)

select * from final
