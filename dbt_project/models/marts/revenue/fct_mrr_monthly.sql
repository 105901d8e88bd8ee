with movements as (
    select * from {{ ref('fct_mrr_movements') }}
    where not is_scheduled
),

billing_months as (
    select * from {{ ref('int_billing_months_listed') }}
),

first_months as (
    select
        account_id,
        currency_code,
        min(period_start) as first_month,
    from movements
    group by all
),

months as (
    select
        first_months.account_id,
        first_months.currency_code,
        billing_months.period_start,
        billing_months.is_complete,
    from first_months
    inner join billing_months
        on first_months.first_month <= billing_months.period_start
),

summed as (
    select
        account_id,
        currency_code,
        period_start,
        sum(mrr_change_amount) as mrr_change_amount,
        sum(mrr_change_amount) filter (
            where movement_type = 'new'
        ) as mrr_new_amount,
        sum(mrr_change_amount) filter (
            where movement_type = 'expansion'
        ) as mrr_expansion_amount,
        -sum(mrr_change_amount) filter (
            where movement_type = 'contraction'
        ) as mrr_contraction_amount,
        -sum(mrr_change_amount) filter (
            where movement_type = 'churn'
        ) as mrr_churn_amount,
        sum(mrr_change_amount) filter (
            where movement_type = 'reactivation'
        ) as mrr_reactivation_amount,
    from movements
    group by all
),

filled as (
    select
        months.account_id,
        months.currency_code,
        months.period_start,
        months.is_complete,
        sum(coalesce(summed.mrr_change_amount, 0)) over so_far as mrr_end_amount,
        coalesce(summed.mrr_change_amount, 0) as mrr_change_amount,
        coalesce(summed.mrr_new_amount, 0) as mrr_new_amount,
        coalesce(summed.mrr_expansion_amount, 0) as mrr_expansion_amount,
        coalesce(summed.mrr_contraction_amount, 0) as mrr_contraction_amount,
        coalesce(summed.mrr_churn_amount, 0) as mrr_churn_amount,
        coalesce(summed.mrr_reactivation_amount, 0) as mrr_reactivation_amount,
    from months
    left join summed
        on months.account_id is not distinct from summed.account_id
        and months.currency_code = summed.currency_code
        and months.period_start = summed.period_start
    window so_far as (
        partition by months.account_id, months.currency_code
        order by months.period_start
        rows between unbounded preceding and current row
    )
),

final as (
    select
        md5(concat_ws('|', account_id, currency_code, period_start))
            as account_month_id,
        account_id,
        cast(null as varchar) as customer_id,
        'chartmogul' as source,
        period_start,
        cast(mrr_end_amount - mrr_change_amount as decimal(18, 2))
            as mrr_start_amount,
        cast(mrr_new_amount as decimal(18, 2)) as mrr_new_amount,
        cast(mrr_expansion_amount as decimal(18, 2)) as mrr_expansion_amount,
        cast(mrr_contraction_amount as decimal(18, 2)) as mrr_contraction_amount,
        cast(mrr_churn_amount as decimal(18, 2)) as mrr_churn_amount,
        cast(mrr_reactivation_amount as decimal(18, 2)) as mrr_reactivation_amount,
        cast(mrr_end_amount as decimal(18, 2)) as mrr_end_amount,
        currency_code,
        mrr_end_amount > 0 as is_active,
        is_complete,
    from filled
)

select * from final
