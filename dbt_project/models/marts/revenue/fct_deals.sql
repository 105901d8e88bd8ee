with deals as (
    select * from {{ ref('int_deals_associated') }}
),

customer_identifiers as (
    select * from {{ ref('bridge_customer_identifiers') }}
    where identifier_type = 'crm_contact_id' and identifier_namespace = 'hubspot'
),

account_identifiers as (
    select * from {{ ref('bridge_account_identifiers') }}
    where identifier_type = 'crm_company_id' and identifier_namespace = 'hubspot'
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

owners as (
    select * from {{ ref('stg_hubspot__owners') }}
),

final as (
    select
        deals.deal_id,
        customer_identifiers.customer_id,
        coalesce(
            account_identifiers.account_id, customer_accounts.account_id
        ) as account_id,
        'hubspot' as source,
        deals.created_at as occurred_at,
        deals.deal_name,
        deals.pipeline,
        deals.stage as deal_stage,
        deals.created_at,
        deals.closed_at,
        deals.amount as deal_amount,
        deals.currency_code,
        deals.is_closed,
        deals.is_won,
        owners.full_name as owner_name,
    from deals
    left join customer_identifiers
        on deals.contact_id = customer_identifiers.identifier_value
    left join account_identifiers
        on deals.company_id = account_identifiers.identifier_value
    left join customer_accounts
        on customer_identifiers.customer_id = customer_accounts.customer_id
    left join owners
        on deals.owner_id = owners.owner_id
    where deals.created_at < {{ as_of() }}
)

select * from final
