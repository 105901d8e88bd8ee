with customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
),

company_contacts as (
    {{ union_of('company_contacts', is_named=true) }}
),

billing_customers as (
    select * from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
),

person_domains as (
    select * from {{ ref('int_person_domains') }}
),

-- the association in the CRM counts first, the primary one before the others
by_association as (
    select
        'crm_contact_id' as identifier_type,
        source as identifier_namespace,
        contact_id as identifier_value,
        'crm_company_id' as account_identifier_type,
        source as account_identifier_namespace,
        company_id as account_identifier_value,
        case when is_primary then 1 else 2 end as precedence,
        'crm_association' as matched_by,
    from company_contacts
),

by_billing as (
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        email as identifier_value,
        'billing_customer_id' as account_identifier_type,
        '{{ var("billing_source") }}' as account_identifier_namespace,
        billing_customer_id as account_identifier_value,
        3 as precedence,
        'billing_email' as matched_by,
    from billing_customers
),

by_domain as (
    select
        'email' as identifier_type,
        'global' as identifier_namespace,
        email as identifier_value,
        'domain' as account_identifier_type,
        'global' as account_identifier_namespace,
        domain as account_identifier_value,
        4 as precedence,
        'domain' as matched_by,
    from person_domains
),

candidates as (
    select * from by_association
    union all
    select * from by_billing
    union all
    select * from by_domain
),

final as (
    select
        customer_identifiers.customer_id,
        account_identifiers.account_id,
        candidates.matched_by,
    from candidates
    inner join customer_identifiers
        on candidates.identifier_type = customer_identifiers.identifier_type
        and candidates.identifier_namespace
        = customer_identifiers.identifier_namespace
        and candidates.identifier_value = customer_identifiers.identifier_value
    inner join account_identifiers
        on candidates.account_identifier_type = account_identifiers.identifier_type
        and candidates.account_identifier_namespace
        = account_identifiers.identifier_namespace
        and candidates.account_identifier_value = account_identifiers.identifier_value
    qualify row_number() over (
        partition by customer_identifiers.customer_id
        order by
            candidates.precedence,
            customer_identifiers.first_seen_at,
            candidates.account_identifier_value
    ) = 1
)

select * from final
