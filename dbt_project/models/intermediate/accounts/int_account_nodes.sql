with evidence as (
    select * from {{ ref('int_account_evidence') }}
),

companies as (
    select * from {{ ref('int_companies_unioned') }}
),

billing_customers as (
    select * from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
),

person_domains as (
    select * from {{ ref('int_person_domains') }}
),

touchpoints as (
    select * from {{ ref('int_touchpoints_unioned') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
    where entity = 'account'
),

unioned as (
    select
        'crm_company_id' as identifier_type,
        source as identifier_namespace,
        company_id as identifier_value,
        created_at as first_seen_at,
    from companies
    union all
    select
        'billing_customer_id' as identifier_type,
        '{{ var("billing_source") }}' as identifier_namespace,
        billing_customer_id as identifier_value,
        coalesce(lead_created_at, free_trial_started_at, customer_since_at)
            as first_seen_at,
    from billing_customers
    union all
    select
        'domain' as identifier_type,
        'global' as identifier_namespace,
        domain as identifier_value,
        first_seen_at,
    from person_domains
    union all
    {% for side in ['left', 'right'] %}
    select
        {{ side }}_type as identifier_type,
        {{ side }}_namespace as identifier_namespace,
        {{ side }}_value as identifier_value,
        first_seen_at,
    from evidence
    union all
    {% endfor %}
    select
        touchpoints.identifier_type,
        touchpoints.identifier_namespace,
        touchpoints.identifier_value,
        touchpoints.occurred_at as first_seen_at,
    from touchpoints
    inner join rules
        on touchpoints.identifier_type = rules.identifier_type
),

final as (
    select
        identifier_type,
        identifier_namespace,
        identifier_value,
        min(first_seen_at) as first_seen_at,
    from unioned
    where identifier_value is not null and identifier_value != ''
    group by all
)

select * from final
