{% set attributes = [
    'account_name',
    'domain',
    'crm_company_id',
    'industry',
    'employee_count',
    'owner_name',
    'country_code',
    'city',
] %}

with identifiers as (
    select * from {{ ref('int_account_identifiers') }}
),

rules as (
    select * from {{ ref('survivorship_rules') }}
    where entity = 'account'
),

precedences as (
    select * from {{ ref('survivorship_sources') }}
    where entity = 'account'
),

records as (
    select
        source,
        'crm_company_id' as identifier_type,
        source as identifier_namespace,
        company_id as identifier_value,
        company_name as account_name,
        company_domain as domain,
        company_id as crm_company_id,
        industry,
        cast(employee_count as varchar) as employee_count,
        owner_name,
        city,
        'company' as record,
        company_id as record_id,
        load_id,
        updated_at as stated_at,
        -- an archived record speaks when no other does
        coalesce(is_archived, false) as is_doubtful,
    from {{ ref('int_companies_unioned') }}
    union all by name
    select
        '{{ var("billing_source") }}' as source,
        'billing_customer_id' as identifier_type,
        '{{ var("billing_source") }}' as identifier_namespace,
        billing_customer_id as identifier_value,
        coalesce(company_name, customer_name) as account_name,
        upper(country_code) as country_code,
        city,
        'customer' as record,
        billing_customer_uuid as record_id,
        _dlt_load_id as load_id,
        cast(null as timestamptz) as stated_at,
        false as is_doubtful,
    from {{ billing('customers') }}
    where not coalesce(is_deleted, false)
),

described as (
    select
        identifiers.account_id,
        records.*,
    from records
    inner join identifiers
        on records.identifier_type = identifiers.identifier_type
        and records.identifier_namespace = identifiers.identifier_namespace
        and records.identifier_value = identifiers.identifier_value
),

stated as (
    select
        account_id,
        source,
        identifier_value,
        record,
        record_id,
        load_id,
        stated_at,
        is_doubtful,
        attribute,
        attribute_value,
    from (
        {{ unpivoted('described', attributes, 'attribute', 'attribute_value') }}
    )
),

-- the domain known first, of which its people's addresses told
domains as (
    select
        account_id,
        identifier_value,
        first_seen_at,
    from identifiers
    where identifier_type = 'domain'
    qualify row_number() over (
        partition by account_id order by first_seen_at asc, identifier_value asc
    ) = 1
),

remembered as (
    {% for attribute in ['domain', 'account_name'] %}
    select
        account_id,
        'identity' as source,
        identifier_value,
        'identifier' as record,
        identifier_value as record_id,
        cast(null as varchar) as load_id,
        first_seen_at as stated_at,
        false as is_doubtful,
        '{{ attribute }}' as attribute,
        identifier_value as attribute_value,
    from domains
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

candidates as (
    select
        *,
        stated_at as used_at,
        1 as value_count,
    from stated
    union all by name
    select
        *,
        stated_at as used_at,
        1 as value_count,
    from remembered
),

{{ survivorship('account_id', 'account_value_id') }}
