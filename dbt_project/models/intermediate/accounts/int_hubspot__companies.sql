{{ config(materialized='view') }}

with companies as (
    select * from {{ ref('stg_hubspot__companies') }}
    where not coalesce(is_deleted, false)
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

final as (
    select
        companies.company_id,
        companies.company_name,
        {{ to_domain('companies.domain') }} as company_domain,
        companies.industry,
        companies.employee_count,
        owners.full_name as owner_name,
        companies.city,
        companies._dlt_load_id as load_id,
        companies.is_archived,
        companies.created_at,
        companies.updated_at,
    from companies
    left join owners
        on companies.owner_id = owners.owner_id
)

select * from final
