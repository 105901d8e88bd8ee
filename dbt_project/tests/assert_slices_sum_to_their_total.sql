-- what is additive must add up over any slice
with sliced as (
    select
        metric,
        period_start,
        sum(numerator) filter (where channel = 'all') as total,
        sum(numerator) filter (where channel != 'all') as summed,
    from (
        select * from {{ ref('mtr_revenue_monthly') }}
        union all
        select * from {{ ref('mtr_support_monthly') }}
        union all
        select * from {{ ref('mtr_journey_monthly') }}
        where journey_step = 'all' and journey_phase = 'all'
    )
    where metric in (
        'mrr', 'mrr_new', 'mrr_churn', 'paying_accounts', 'conversations',
        'touchpoints', 'new_customers'
    )
    group by all
)

select * from sliced
where abs(total - summed) > 0.001 or total is null or summed is null
