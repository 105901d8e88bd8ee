with opportunities as (
    select * from {{ ref('stg_salesforce__opportunities') }}
    where not is_deleted
),

final as (
    select
        opportunity_id as deal_id,
        opportunity_name as deal_name,
        opportunity_type as pipeline,
        stage,
        created_at,
        closed_at,
        amount,
        currency_code,
        is_closed,
        is_won,
        company_id,
        contact_id,
        cast(null as varchar) as owner_name,
    from opportunities
)

select * from final
