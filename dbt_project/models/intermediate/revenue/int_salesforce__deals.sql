with opportunities as (
    select * from {{ ref('stg_salesforce__opportunities') }}
    where not is_deleted
),

owners as (
    select * from {{ ref('stg_salesforce__users') }}
),

final as (
    select
        opportunities.opportunity_id as deal_id,
        opportunities.opportunity_name as deal_name,
        opportunities.opportunity_type as pipeline,
        opportunities.stage,
        opportunities.created_at,
        opportunities.closed_at,
        opportunities.amount,
        opportunities.currency_code,
        opportunities.is_closed,
        opportunities.is_won,
        opportunities.company_id,
        opportunities.contact_id,
        owners.full_name as owner_name,
    from opportunities
    left join owners
        on opportunities.owner_id = owners.owner_id
)

select * from final
