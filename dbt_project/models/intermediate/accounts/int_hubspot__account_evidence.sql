with companies as (
    select
        *,
        {{ to_domain('domain') }} as company_domain,
    from {{ ref('stg_hubspot__companies') }}
    where not coalesce(is_deleted, false) and created_at < {{ as_of() }}
),

billing_accounts as (
    select
        company_id,
        'billing_customer_id' as right_type,
        'chartmogul' as right_namespace,
        billing_customer_id as right_value,
        'billing_external_id' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from companies
),

domains as (
    select
        company_id,
        'domain' as right_type,
        'global' as right_namespace,
        company_domain as right_value,
        'crm_field' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from companies
),

merged as (
    select
        company_id,
        'crm_company_id' as right_type,
        'hubspot' as right_namespace,
        unnest(merged_company_ids) as right_value,
        'crm_merge' as kind,
        cast(null as timestamptz) as first_seen_at,
        cast(null as timestamptz) as last_seen_at,
    from companies
),

unioned as (
    select * from billing_accounts
    union all
    select * from domains
    union all
    select * from merged
),

final as (
    select
        'crm_company_id' as left_type,
        'hubspot' as left_namespace,
        company_id as left_value,
        right_type,
        right_namespace,
        right_value,
        kind,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
    from unioned
    where right_value is not null
    group by all
)

select * from final
