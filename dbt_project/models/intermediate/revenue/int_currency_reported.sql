-- what billing says comes first, then orders, deals, advertising and contacts' costs
with said as (
    select
        1 as priority,
        currency_code,
    from {{ ref('int_mrr_movements_of_accounts') }}
    union all
    select
        2 as priority,
        currency_code,
    from {{ ref('int_orders_unioned') }}
    union all
    select
        3 as priority,
        currency_code,
    from {{ ref('int_deals_unioned') }}
    union all
    select
        4 as priority,
        currency_code,
    from {{ ref('int_marketing_days_unioned') }}
    union all
    select
        5 as priority,
        currency_code,
    from {{ ref('int_conversations_priced') }}
),

counted as (
    select
        priority,
        currency_code,
        count(*) as row_count,
    from said
    where currency_code is not null
    group by priority, currency_code
),

final as (
    select currency_code from counted
    order by priority asc, row_count desc, currency_code asc
    limit 1
)

select * from final
