-- start + new + expansion + reactivation - contraction - churn = end in every month,
-- each month starts where the one before ended (the first one with what was there
-- before), and all movements together give the last MRR
-- in the currency of the figures
with every_movement as (
    select
        * replace (
            case when is_in_other_currency then 0 else mrr_change_amount end
                as mrr_change_amount
        ),
    from {{ ref('fct_mrr_movements') }}
),

openings as (
    select
        account_id,
        sum(mrr_change_amount) as opening_amount,
    from every_movement
    where movement_type = 'opening'
    group by all
),

months as (
    select
        monthly.*,
        lag(monthly.mrr_end_amount, 1, coalesce(openings.opening_amount, 0)) over (
            partition by monthly.account_id
            order by monthly.period_start
        ) as previous_end_amount,
    from {{ ref('fct_mrr_monthly') }} as monthly
    left join openings
        on monthly.account_id is not distinct from openings.account_id
),

broken_months as (
    select
        account_id,
        period_start,
        mrr_end_amount as found_amount,
        mrr_start_amount + mrr_new_amount + mrr_expansion_amount
        + mrr_reactivation_amount - mrr_contraction_amount - mrr_churn_amount
            as expected_amount,
    from months
    where
        mrr_start_amount + mrr_new_amount + mrr_expansion_amount
        + mrr_reactivation_amount - mrr_contraction_amount - mrr_churn_amount
        != mrr_end_amount
        or mrr_start_amount != previous_end_amount
),

movements as (
    select
        account_id,
        sum(mrr_change_amount) as expected_amount,
    from every_movement
    where not is_scheduled
    group by all
),

last_months as (
    select
        account_id,
        max(period_start) as period_start,
        arg_max(mrr_end_amount, period_start) as found_amount,
    from {{ ref('fct_mrr_monthly') }}
    group by all
),

broken_totals as (
    select
        coalesce(movements.account_id, last_months.account_id) as account_id,
        last_months.period_start,
        last_months.found_amount,
        movements.expected_amount,
    from movements
    full join last_months
        on movements.account_id is not distinct from last_months.account_id
    where
        last_months.found_amount is distinct from movements.expected_amount
)

select * from broken_months
union all
select * from broken_totals
