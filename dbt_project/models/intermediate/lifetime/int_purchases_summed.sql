-- Orders of one day are one purchase. The models are fitted on what was known now and
-- some time ago, so that what came since can be held against what was expected.
{% set held_out_days = (var('lifetime_held_out_months') * 30.4375) | round | int %}

with orders as (
    select
        orders.customer_id,
        {{ business_date('orders.occurred_at') }} as ordered_on,
        {{ in_reported_currency(
            'orders.order_amount', 'orders.currency_code',
            business_date('orders.occurred_at')
        ) }} as order_amount,
    from {{ ref('int_orders_identified') }} as orders
    inner join {{ ref('int_customers_described') }} as persons
        on orders.customer_id = persons.customer_id
    where not coalesce(persons.is_internal, false)
),

days as (
    select
        customer_id,
        ordered_on,
        sum(order_amount) as amount,
    from orders
    group by all
),

dated as (
    select
        *,
        min(ordered_on) over (partition by customer_id) as first_on,
    from days
),

cuts as (
    select
        'now' as cut,
        {{ business_date(as_of()) }} as cut_on,
    union all
    select
        'held_out' as cut,
        {{ business_date(as_of()) }} - {{ held_out_days }} as cut_on,
),

final as (
    select
        cuts.cut,
        dated.customer_id,
        count(*) filter (
            where dated.ordered_on > dated.first_on
            and dated.ordered_on <= cuts.cut_on
        ) as repeat_count,
        date_diff(
            'day', dated.first_on,
            max(dated.ordered_on) filter (where dated.ordered_on <= cuts.cut_on)
        ) as recency_days,
        date_diff('day', dated.first_on, cuts.cut_on) as age_days,
        -- the first purchase says nothing of those after it
        count(*) filter (
            where dated.ordered_on > dated.first_on
            and dated.ordered_on <= cuts.cut_on
            and dated.amount > 0
        ) as spend_count,
        cast(
            sum(dated.amount) filter (
                where dated.ordered_on > dated.first_on
                and dated.ordered_on <= cuts.cut_on
                and dated.amount > 0
            ) as double
        ) / nullif(
            count(*) filter (
                where dated.ordered_on > dated.first_on
                and dated.ordered_on <= cuts.cut_on
                and dated.amount > 0
            ), 0
        ) as spend_mean,
        count(*) filter (where dated.ordered_on > cuts.cut_on) as held_out_count,
    from dated
    inner join cuts
        on dated.first_on <= cuts.cut_on
    group by cuts.cut, cuts.cut_on, dated.customer_id, dated.first_on
)

select * from final
