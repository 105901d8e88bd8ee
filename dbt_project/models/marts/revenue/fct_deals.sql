with deals as (
    select * from {{ ref('int_deals_unioned') }}
),

customer_identifiers as (
    select * from {{ ref('int_customer_identifiers') }}
    where identifier_type = 'crm_contact_id'
),

account_identifiers as (
    select * from {{ ref('int_account_identifiers') }}
    where identifier_type = 'crm_company_id'
),

customer_accounts as (
    select * from {{ ref('int_customer_accounts') }}
),

final as (
    select
        deals.deal_id,
        customer_identifiers.customer_id,
        coalesce(
            account_identifiers.account_id, customer_accounts.account_id
        ) as account_id,
        deals.source,
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
        deals.owner_name,
    from deals
    left join customer_identifiers
        on deals.source = customer_identifiers.identifier_namespace
        and deals.contact_id = customer_identifiers.identifier_value
    left join account_identifiers
        on deals.source = account_identifiers.identifier_namespace
        and deals.company_id = account_identifiers.identifier_value
    left join customer_accounts
        on customer_identifiers.customer_id = customer_accounts.customer_id
)

select * from final
