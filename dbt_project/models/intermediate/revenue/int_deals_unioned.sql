with unioned as (
    {% for source in ['hubspot', 'salesforce'] %}
    select
        '{{ source }}' as source,
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
    from {{ ref('int_' ~ source ~ '__deals') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from unioned
where created_at < {{ as_of() }}
