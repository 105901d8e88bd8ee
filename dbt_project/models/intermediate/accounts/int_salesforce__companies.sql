{{ config(materialized='view') }}

with companies as (
    select * from {{ ref('stg_salesforce__accounts') }}
    where not is_deleted
),

owners as (
    select * from {{ ref('stg_salesforce__users') }}
),

final as (
    select
        companies.company_id,
        companies.company_name,
        companies.domain as company_domain,
        companies.industry,
        companies.employee_count,
        owners.full_name as owner_name,
        companies.city,
        companies._dlt_load_id as load_id,
        false as is_archived,
        companies.created_at,
        companies.updated_at,
    from companies
    left join owners
        on companies.owner_id = owners.owner_id
)

select * from final
