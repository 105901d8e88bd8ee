-- What an account is called and where it is; the CRM's word counts before the billing
-- system's, and within one the record written last.
{% set attributes = [
    'company_id',
    'company_name',
    'company_domain',
    'industry',
    'employee_count',
    'owner_name',
] %}

with identifiers as (
    select * from {{ ref('bridge_account_identifiers') }}
),

companies as (
    select * from {{ ref('int_companies_unioned') }}
),

billing_customers as (
    select * from {{ ref('stg_chartmogul__customers') }}
    where not coalesce(is_deleted, false)
),

internal_domains as (
    select * from {{ ref('internal_domains') }}
),

-- a second CRM fills in what the record that counts leaves open
crm as (
    select
        identifiers.account_id,
    {% for attribute in attributes %}
    first(
        companies.{{ attribute }}
        order by
            companies.is_archived asc,
            companies.updated_at desc nulls last,
            companies.company_id asc
    ) filter (where companies.{{ attribute }} is not null)
        as {{ attribute }},
    {% endfor %}
    from companies
    inner join identifiers
        on identifiers.identifier_type = 'crm_company_id'
        and companies.source = identifiers.identifier_namespace
        and companies.company_id = identifiers.identifier_value
    group by all
),

billing as (
    select
        identifiers.account_id,
        arg_min(
            coalesce(
                billing_customers.company_name, billing_customers.customer_name
            ),
            billing_customers.billing_customer_id
        ) as billing_name,
        arg_min(
            upper(billing_customers.country_code),
            billing_customers.billing_customer_id
        ) as country_code,
        bool_or(internal_domains.domain is not null) as is_internal,
    from billing_customers
    inner join identifiers
        on identifiers.identifier_type = 'billing_customer_id'
        and billing_customers.billing_customer_id = identifiers.identifier_value
    left join internal_domains
        on {{ email_domain('billing_customers.email') }} = internal_domains.domain
    group by all
),

accounts as (
    select
        account_id,
        min(first_seen_at) as first_seen_at,
        arg_min(
            identifier_value, (first_seen_at, identifier_value)
        ) filter (where identifier_type = 'domain') as domain,
        list(identifier_value order by identifier_value) filter (
            where identifier_type = 'billing_customer_id'
        ) as billing_customer_ids,
    from identifiers
    group by all
),

final as (
    select
        accounts.account_id,
        coalesce(crm.company_name, billing.billing_name, accounts.domain)
            as account_name,
        coalesce(crm.company_domain, accounts.domain) as domain,
        crm.company_id as crm_company_id,
        coalesce(accounts.billing_customer_ids, []) as billing_customer_ids,
        billing.country_code,
        crm.industry,
        crm.employee_count,
        crm.owner_name,
        coalesce(billing.is_internal, false) as is_internal,
        accounts.first_seen_at,
    from accounts
    left join crm
        on accounts.account_id = crm.account_id
    left join billing
        on accounts.account_id = billing.account_id
)

select * from final
