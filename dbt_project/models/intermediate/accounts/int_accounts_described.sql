-- What an account is called and where it is, by the seeds survivorship_rules and
-- survivorship_sources; see int_account_values for what was stated and chosen.
{% set attributes = [
    'account_name',
    'domain',
    'crm_company_id',
    'country_code',
    'city',
    'industry',
    'owner_name',
] %}

with identifiers as (
    select * from {{ ref('int_account_identifiers') }}
),

billing_customers as (
    select * from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
),

internal_domains as (
    select * from {{ ref('internal_domains') }}
),

attributes as (
    select
        account_id,
        {% for attribute in attributes %}
        max(attribute_value) filter (where attribute = '{{ attribute }}')
            as {{ attribute }},
        {% endfor %}
        cast(
            max(attribute_value) filter (where attribute = 'employee_count') as bigint
        ) as employee_count,
    from {{ ref('int_account_values') }}
    where is_chosen
    group by all
),

own as (
    select distinct identifiers.account_id
    from billing_customers
    inner join identifiers
        on identifiers.identifier_type = 'billing_customer_id'
        and billing_customers.billing_customer_id = identifiers.identifier_value
    inner join internal_domains
        on {{ email_domain('billing_customers.email') }} = internal_domains.domain
),

accounts as (
    select
        account_id,
        min(first_seen_at) as first_seen_at,
        list(identifier_value order by identifier_value) filter (
            where identifier_type = 'billing_customer_id'
        ) as billing_customer_ids,
    from identifiers
    group by all
),

final as (
    select
        accounts.account_id,
        attributes.account_name,
        attributes.domain,
        attributes.crm_company_id,
        coalesce(accounts.billing_customer_ids, []) as billing_customer_ids,
        attributes.country_code,
        attributes.city,
        attributes.industry,
        attributes.employee_count,
        attributes.owner_name,
        own.account_id is not null as is_internal,
        accounts.first_seen_at,
    from accounts
    left join attributes
        on accounts.account_id = attributes.account_id
    left join own
        on accounts.account_id = own.account_id
)

select * from final
