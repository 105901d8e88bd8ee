{% set milestones = [1, 3, 6, 12] %}

with account_months as (
    select
        months.account_id,
        months.period_start,
        months.mrr_start_amount,
        months.mrr_end_amount,
        months.is_active,
        months.was_active,
        months.is_complete,
        coalesce(accounts.acquisition_channel, 'direct') as acquisition_channel,
        date_diff(
            'month',
            min(months.period_start) over (partition by months.account_id),
            months.period_start
        ) as months_since,
        min(months.period_start) over (partition by months.account_id)
            as cohort_month,
        -- who paid before the first month that is known began at nobody knows what time
        not arg_min(months.was_active, months.period_start) over (
            partition by months.account_id
        ) as has_begun_here,
    from {{ ref('fct_mrr_monthly') }} as months
    left join {{ ref('dim_accounts') }} as accounts
        on months.account_id = accounts.account_id
),

logo_retention as (
    select
        'logo_retention_rate' as metric,
        period_start,
        acquisition_channel as channel,
        count(*) filter (where is_active) as numerator,
        count(*) as denominator,
        count(*) as sample_size,
    from account_months
    where was_active
    group by period_start, rollup(acquisition_channel)
),

-- what was paid at the start of the month and is still paid, without expansion
gross_revenue_retention as (
    select
        'gross_revenue_retention_rate' as metric,
        period_start,
        acquisition_channel as channel,
        sum(least(mrr_end_amount, mrr_start_amount)) as numerator,
        sum(mrr_start_amount) as denominator,
        count(*) as sample_size,
    from account_months
    where was_active
    group by period_start, rollup(acquisition_channel)
    having sum(mrr_start_amount) > 0
),

milestones as (
    select
        'retention_month_' || months_since || '_rate' as metric,
        cohort_month as period_start,
        acquisition_channel as channel,
        count(*) filter (where is_active) as numerator,
        count(*) as denominator,
        count(*) as sample_size,
    from account_months
    where
        has_begun_here
        and months_since in ({{ milestones | join(', ') }})
        -- a month still running has not retained anybody yet
        and is_complete
    group by months_since, cohort_month, rollup(acquisition_channel)
),

unioned as (
    select * from logo_retention
    union all
    select * from gross_revenue_retention
    union all
    select * from milestones
),

final as (
    select
        metric,
        period_start,
        'month' as grain,
        coalesce(channel, 'all') as channel,
        'all' as journey_step,
        'retention' as journey_phase,
        'all' as persona,
        cast(numerator as double) as numerator,
        cast(denominator as double) as denominator,
        cast(null as double) as sum_of_squares,
        sample_size,
        {{ ripe_from('metric', 'period_start') }} as ripe_from,
    from unioned
)

select * from final
