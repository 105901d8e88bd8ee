-- One currency: an amount in another one is in no sum (fct_mrr_other_currencies names
-- it), while whoever pays it is a customer all the same.
with given as (
    select * from {{ ref('fct_mrr_movements') }}
    where not is_scheduled
),

movements as (
    select
        given.* replace (
            case
                when given.is_in_other_currency then 0 else given.mrr_change_amount
            end as mrr_change_amount,
            (
                select max(own.currency_code)
                from given as own
                where not coalesce(own.is_in_other_currency, false)
            ) as currency_code
        ),
    from given
),

billing_months as (
    select * from {{ ref('int_billing_months_listed') }}
),

-- what was there before the first month stands in front of it
first_months as (
    select
        account_id,
        currency_code,
        min(period_start) as first_month,
        bool_or(period_start is null) as is_older,
        coalesce(
            sum(mrr_change_amount) filter (where period_start is null), 0
        ) as opening_amount,
        coalesce(
            sum(active_change) filter (where period_start is null), 0
        ) as opening_active_count,
    from movements
    group by all
),

months as (
    select
        first_months.account_id,
        first_months.currency_code,
        billing_months.period_start,
        billing_months.is_complete,
        first_months.opening_amount,
        first_months.opening_active_count,
    from first_months
    inner join billing_months
        on first_months.first_month <= billing_months.period_start
        or first_months.is_older
),

begun_and_ended as (
    select
        movements.account_id,
        movements.currency_code,
        billing_months.period_start,
        sum(movements.active_change) as active_change,
    from movements
    inner join billing_months
        on movements.counted_at >= billing_months.starts_at
        and movements.counted_at < billing_months.ends_at
    where movements.period_start is not null
    group by all
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
        sum(mrr_change_amount) filter (
            where movement_type = 'transfer'
        ) as mrr_transfer_amount,
    from movements
    where period_start is not null
    group by all
),

filled as (
    select
        months.account_id,
        months.currency_code,
        months.period_start,
        months.is_complete,
        months.opening_amount
        + sum(coalesce(summed.mrr_change_amount, 0)) over so_far as mrr_end_amount,
        months.opening_active_count
        + coalesce(sum(begun_and_ended.active_change) over so_far, 0) as active_count,
        coalesce(begun_and_ended.active_change, 0) as active_change,
        coalesce(summed.mrr_change_amount, 0) as mrr_change_amount,
        coalesce(summed.mrr_new_amount, 0) as mrr_new_amount,
        -- what a move between billing customers leaves over
        coalesce(summed.mrr_expansion_amount, 0)
        + greatest(coalesce(summed.mrr_transfer_amount, 0), 0) as mrr_expansion_amount,
        coalesce(summed.mrr_contraction_amount, 0)
        - least(coalesce(summed.mrr_transfer_amount, 0), 0) as mrr_contraction_amount,
        coalesce(summed.mrr_churn_amount, 0) as mrr_churn_amount,
        coalesce(summed.mrr_reactivation_amount, 0) as mrr_reactivation_amount,
    from months
    left join summed
        on months.account_id is not distinct from summed.account_id
        and months.currency_code = summed.currency_code
        and months.period_start = summed.period_start
    left join begun_and_ended
        on months.account_id is not distinct from begun_and_ended.account_id
        and months.currency_code = begun_and_ended.currency_code
        and months.period_start = begun_and_ended.period_start
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
        '{{ var("billing_source") }}' as source,
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
        active_count > 0 as is_active,
        active_count - active_change > 0 as was_active,
        is_complete,
    from filled
)

select * from final
