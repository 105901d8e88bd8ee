with hubspot as (
    select
        'hubspot' as source,
        companies.company_id,
        companies.company_name,
        {{ to_domain('companies.domain') }} as company_domain,
        {{ industry_label('companies.industry') }} as industry,
        companies.employee_count,
        owners.full_name as owner_name,
        companies.city,
        companies._dlt_load_id as load_id,
        companies.is_archived,
        companies.created_at,
        companies.updated_at,
    from {{ ref('stg_hubspot__companies') }} as companies
    left join {{ ref('stg_hubspot__owners') }} as owners
        on companies.owner_id = owners.owner_id
    where not coalesce(companies.is_deleted, false)
),

salesforce as (
    select
        'salesforce' as source,
        companies.company_id,
        companies.company_name,
        companies.domain as company_domain,
        {{ industry_label('companies.industry') }} as industry,
        companies.employee_count,
        owners.full_name as owner_name,
        companies.city,
        companies._dlt_load_id as load_id,
        false as is_archived,
        companies.created_at,
        companies.updated_at,
    from {{ ref('stg_salesforce__accounts') }} as companies
    left join {{ ref('stg_salesforce__users') }} as owners
        on companies.owner_id = owners.owner_id
    where not companies.is_deleted
),

unioned as (
    select * from hubspot
    union all by name
    select * from salesforce
),

final as (
    select
        unioned.* replace (
            coalesce(domains.domain, unioned.company_domain) as company_domain
        ),
    from unioned
    left join {{ ref('int_domains_normalised') }} as domains
        on unioned.company_domain = domains.domain_text
    where unioned.created_at < {{ as_of() }}
)

select * from final
