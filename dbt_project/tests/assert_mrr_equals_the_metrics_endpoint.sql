-- our MRR comes from activities; the vendor's own figure of each finished month is its check
with computed as (
    select
        period_start,
        sum(mrr_end_amount) as mrr_amount,
    from {{ ref('fct_mrr_monthly') }}
    group by all
),

endpoint as (
    select
        period_start,
        mrr_amount,
    from {{ ref('stg_chartmogul__metrics_mrr') }}
    where period_end < cast({{ as_of() }} as date)
),

compared as (
    select
        endpoint.period_start,
        endpoint.mrr_amount as endpoint_amount,
        coalesce(computed.mrr_amount, 0) as computed_amount,
    from endpoint
    left join computed
        on endpoint.period_start = computed.period_start
)

select * from compared
where endpoint_amount != computed_amount
