-- our MRR comes from activities; the vendor's own figure of each finished month is its
-- check
with computed as (
    select
        period_start,
        sum(mrr_end_amount) as mrr_amount,
    from {{ ref('fct_mrr_monthly') }}
    group by all
),

months as (
    select * from {{ ref('int_billing_months_listed') }}
    where is_complete
),

endpoint as (
    select * from {{ ref('stg_chartmogul__metrics_mrr') }}
    -- the running month was once given up to the day of the load
    where not is_deleted and period_end = last_day(period_end)
),

compared as (
    select
        months.period_start,
        endpoint.mrr_amount as endpoint_amount,
        coalesce(computed.mrr_amount, 0) as computed_amount,
    from endpoint
    inner join months
        on endpoint.period_start = months.period_start
    left join computed
        on endpoint.period_start = computed.period_start
)

select * from compared
where endpoint_amount != computed_amount
