-- ChartMogul's own figures of each finished month against ours. They may differ by its
-- rules: a drifting exchange rate moves MRR without a movement, a full discount keeps a
-- customer where the account's setting says so, and what was sold before the first
-- movement that was loaded is known only as a balance.
with customer_months as (
    select * from {{ ref('int_billing_customer_months') }}
),

movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
    where not is_scheduled and not is_in_other_currency
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
    where is_complete
),

billing_account as (
    select max(currency_code) as currency_code
    from {{ ref('stg_chartmogul__account') }}
),

-- the running month was once given up to the day of the load
told_mrr as (
    select
        told.*,
        told.mrr_new_amount
        + told.mrr_expansion_amount
        + told.mrr_contraction_amount
        + told.mrr_churn_amount
        + told.mrr_reactivation_amount as told_change_amount,
    from {{ ref('stg_chartmogul__metrics_mrr') }} as told
    inner join months
        on told.period_start = months.period_start
    where not told.is_deleted and told.period_end = last_day(told.period_end)
),

told_customers as (
    select * from {{ ref('stg_chartmogul__metrics_customer_count') }}
    where not is_deleted and period_end = last_day(period_end)
),

counted as (
    select
        period_start,
        sum(mrr_amount) as mrr_amount,
        count(*) filter (
            where mrr_amount > 0 or is_paying_otherwise
        ) as paying_count,
        count(*) filter (
            where mrr_amount <= 0 and not is_paying_otherwise and is_active
        ) as discounted_count,
    from customer_months
    group by all
),

moved as (
    select
        period_start,
        sum(mrr_change_amount) as change_amount,
        -- what the rate had made of the MRR of who has left
        sum(mrr_change_amount - vendor_mrr_change_amount) as settled_amount,
        {% for word, types in {
            'new': "'new_biz', 'new'", 'expansion': "'expansion'",
            'contraction': "'contraction'", 'churn': "'churn'",
            'reactivation': "'reactivation'",
        }.items() %}
    sum(vendor_mrr_change_amount) filter (
        where vendor_movement_type in ({{ types }})
    ) as mrr_{{ word }}_amount,
    {% endfor %}
    from movements
    group by all
),

compared as (
    select
        told_mrr.period_start,
        told_mrr.mrr_amount as their_value,
        coalesce(counted.mrr_amount, 0) as our_value,
        told_mrr.mrr_amount - told_mrr.told_change_amount as their_start_amount,
        coalesce(counted.mrr_amount, 0) - coalesce(moved.change_amount, 0)
            as our_start_amount,
        coalesce(moved.settled_amount, 0) as settled_amount,
        lag(told_mrr.mrr_amount) over (order by told_mrr.period_start)
            as before_amount,
        row_number() over (order by told_mrr.period_start) = 1 as is_first,
    from told_mrr
    left join counted
        on told_mrr.period_start = counted.period_start
    left join moved
        on told_mrr.period_start = moved.period_start
),

-- MRR that the month before and the five movements do not account for is the rate's;
-- what differs before the first month was there before
mrr as (
    select
        'mrr' as metric,
        period_start,
        our_value,
        their_value,
        coalesce(sum(their_start_amount - before_amount) over so_far, 0)
        - sum(settled_amount) over so_far as exchange_rate_value,
        coalesce(
            first_value(
                case when is_first then their_start_amount - our_start_amount end
            ) over so_far,
            0
        ) as history_value,
        0 as setting_value,
    from compared
    window so_far as (
        order by period_start
        rows between unbounded preceding and current row
    )
),

customers as (
    select
        'customers' as metric,
        told_customers.period_start,
        coalesce(counted.paying_count, 0) as our_value,
        told_customers.billing_customer_count as their_value,
        0 as exchange_rate_value,
        0 as history_value,
        coalesce(counted.discounted_count, 0) as setting_value,
    from told_customers
    left join counted
        on told_customers.period_start = counted.period_start
),

unioned as (
    select * from mrr
    union all by name
    select * from customers
    {% for word in ['new', 'expansion', 'contraction', 'churn', 'reactivation'] %}
    union all by name
    select
        'mrr_{{ word }}' as metric,
        told_mrr.period_start,
        coalesce(moved.mrr_{{ word }}_amount, 0) as our_value,
        told_mrr.mrr_{{ word }}_amount as their_value,
        0 as exchange_rate_value,
        0 as history_value,
        0 as setting_value,
    from told_mrr
    left join moved
        on told_mrr.period_start = moved.period_start
    {% endfor %}
),

final as (
    select
        'chartmogul' as source,
        unioned.metric,
        unioned.period_start,
        unioned.our_value,
        unioned.their_value,
        unioned.exchange_rate_value,
        unioned.history_value,
        unioned.setting_value,
        case when unioned.metric != 'customers' then billing_account.currency_code end
            as currency_code,
    from unioned
    inner join months
        on unioned.period_start = months.period_start
    cross join billing_account
    where unioned.their_value is not null
)

select * from final
