with billing_customers as (
    select
        *,
        coalesce(lead_created_at, free_trial_started_at, customer_since_at)
            as first_seen_at,
    from {{ ref('stg_chartmogul__customers') }}
    where not coalesce(is_deleted, false)
),

companies as (
    select
        billing_customer_id,
        'crm_company_id' as right_type,
        'hubspot' as right_namespace,
        crm_company_id as right_value,
        'billing_external_id' as kind,
        first_seen_at,
    from billing_customers
),

billing_emails as (
    select
        billing_customer_id,
        'domain' as right_type,
        'global' as right_namespace,
        {{ email_domain('email') }} as right_value,
        'billing_email' as kind,
        first_seen_at,
    from billing_customers
),

websites as (
    select
        billing_customer_id,
        'domain' as right_type,
        'global' as right_namespace,
        {{ to_domain('website_url') }} as right_value,
        'billing_website' as kind,
        first_seen_at,
    from billing_customers
),

merged as (
    select
        billing_customer_id,
        'billing_customer_id' as right_type,
        'chartmogul' as right_namespace,
        unnest(billing_customer_ids) as right_value,
        'alias' as kind,
        first_seen_at,
    from billing_customers
),

unioned as (
    select * from companies
    union all
    select * from billing_emails
    union all
    select * from websites
    union all
    select * from merged
),

final as (
    select
        'billing_customer_id' as left_type,
        'chartmogul' as left_namespace,
        billing_customer_id as left_value,
        right_type,
        right_namespace,
        right_value,
        kind,
        -- a number may be named twice
        min(first_seen_at) as first_seen_at,
        -- the listing does not tell when a record was last changed
        cast(null as timestamptz) as last_seen_at,
    from unioned
    where right_value is not null and right_value != billing_customer_id
    group by all
)

select * from final
