with deals as (
    {{ union_of('deals', is_named=true) }}
),

final as (
    select
        source,
        deal_id,
        deal_name,
        pipeline,
        stage,
        created_at,
        closed_at,
        cast(amount as decimal(18, 2)) as amount,
        currency_code,
        is_closed,
        is_won,
        company_id,
        contact_id,
        owner_name,
    from deals
    where created_at < {{ as_of() }}
)

select * from final
