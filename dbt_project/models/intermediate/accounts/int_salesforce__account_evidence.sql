-- what was merged into another record lies in the recycle bin, and still says which
-- it was
with companies as (
    select * from {{ ref('stg_salesforce__accounts') }}
    where
        (not is_deleted or merged_into_company_id is not null)
        and created_at < {{ as_of() }}
),

billing_accounts as (
    select
        company_id as left_value,
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
        company_id as left_value,
        'domain' as right_type,
        'global' as right_namespace,
        domain as right_value,
        'crm_field' as kind,
        created_at as first_seen_at,
        updated_at as last_seen_at,
    from companies
),

merged as (
    select
        merged_into_company_id as left_value,
        'crm_company_id' as right_type,
        'salesforce' as right_namespace,
        company_id as right_value,
        'crm_merge' as kind,
        -- the merge is the last that changed the record which lost
        updated_at as first_seen_at,
        updated_at as last_seen_at,
    from companies
    where merged_into_company_id is not null
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
        'salesforce' as left_namespace,
        left_value,
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
