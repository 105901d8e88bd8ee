{{ config(materialized='view') }}

with contacts as (
    select * from {{ ref('stg_hubspot__contacts') }}
    where not coalesce(is_deleted, false)
),

associations as (
    select * from {{ ref('stg_hubspot__associations') }}
    where
        not coalesce(is_deleted, false)
        and from_object_type = 'contacts'
        and to_object_type = 'companies'
),

unioned as (
    select
        from_object_id as contact_id,
        to_object_id as company_id,
        list_contains(labels, 'Primary') as is_primary,
    from associations
    union all
    select
        contact_id,
        company_id,
        true as is_primary,
    from contacts
    where company_id is not null
),

final as (
    select
        contact_id,
        company_id,
        coalesce(bool_or(is_primary), false) as is_primary,
    from unioned
    group by all
)

select * from final
