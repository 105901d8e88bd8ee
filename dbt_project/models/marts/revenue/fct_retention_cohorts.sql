with months as (
    select
        account_id,
        period_start,
        sum(mrr_end_amount) as mrr_end_amount,
        sum(mrr_new_amount) as mrr_new_amount,
        bool_or(is_active) as is_active,
        bool_or(was_active) as was_active,
        bool_and(is_complete) as is_complete,
    from {{ ref('fct_mrr_monthly') }}
    group by all
),

-- an account joins the cohort of the month of its first MRR, whether or not it
-- was still there when that month ended
cohorts as (
    select
        account_id,
        min(period_start) as cohort_month,
        arg_min(mrr_new_amount, period_start) as cohort_mrr_amount,
    from months
    group by all
    -- who paid before the first month that is known began at nobody knows what time
    having not arg_min(was_active, period_start)
),

counted as (
    select
        cohorts.cohort_month,
        months.period_start,
        months.is_complete,
        cast(
            date_diff('month', cohorts.cohort_month, months.period_start) as integer
        ) as months_since,
        count(*) as cohort_size,
        count(*) filter (where months.is_active) as retained_count,
        sum(cohorts.cohort_mrr_amount) as cohort_mrr_amount,
        sum(months.mrr_end_amount) as retained_mrr_amount,
    from months
    inner join cohorts
        on months.account_id is not distinct from cohorts.account_id
    group by all
),

final as (
    select
        strftime(cohort_month, '%Y-%m') || '-' || months_since as cohort_id,
        '{{ var("billing_source") }}' as source,
        cohort_month,
        period_start,
        months_since,
        cohort_size,
        retained_count,
        cast(cohort_mrr_amount as decimal(18, 2)) as cohort_mrr_amount,
        cast(retained_mrr_amount as decimal(18, 2)) as retained_mrr_amount,
        is_complete,
    from counted
)

select * from final
