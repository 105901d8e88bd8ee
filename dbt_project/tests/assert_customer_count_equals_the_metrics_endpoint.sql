-- how many billing customers paid at the end of each finished month, by our movements
-- and by the vendor's own count
with movements as (
    select * from {{ ref('int_mrr_movements_classified') }}
    where not is_scheduled
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
    where is_complete
),

endpoint as (
    select * from {{ ref('stg_chartmogul__metrics_customer_count') }}
    where not is_deleted and period_end = last_day(period_end)
),

summed as (
    select
        months.period_start,
        movements.billing_customer_id,
        sum(movements.mrr_change_amount) as mrr_amount,
    from months
    inner join movements
        on months.ends_at > movements.occurred_at
    group by all
),

counted as (
    select
        period_start,
        count(*) filter (where mrr_amount > 0) as billing_customer_count,
    from summed
    group by all
),

compared as (
    select
        months.period_start,
        endpoint.billing_customer_count as endpoint_count,
        coalesce(counted.billing_customer_count, 0) as computed_count,
    from endpoint
    inner join months
        on endpoint.period_start = months.period_start
    left join counted
        on endpoint.period_start = counted.period_start
)

select * from compared
where endpoint_count != computed_count
