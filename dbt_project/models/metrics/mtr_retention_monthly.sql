{# Of revenue: what was paid at the start and is still paid, without expansion. #}
{% set about_months = [
    {
        'name': 'logo_retention_rate',
        'numerator': 'count(*) filter (where is_active)',
        'denominator': 'count(*)',
        'sample': 'count(*)',
    },
    {
        'name': 'gross_revenue_retention_rate',
        'numerator': 'sum(least(mrr_end_amount, mrr_start_amount))',
        'denominator': 'sum(mrr_start_amount)',
        'sample': 'count(*)',
    },
] %}
{% set about_cohorts = [] %}
{% for age in [1, 3, 6, 12] %}
{% do about_cohorts.append({
    'name': 'retention_month_' ~ age ~ '_rate',
    'numerator': 'count(*) filter (where is_active)',
    'denominator': 'count(*)',
    'sample': 'count(*)',
    'where': 'months_since = ' ~ age,
}) %}
{% endfor %}

with account_months as (
    select
        months.account_id,
        months.period_start,
        months.mrr_start_amount,
        months.mrr_end_amount,
        months.is_active,
        months.was_active,
        months.is_complete,
        coalesce(accounts.acquisition_channel, 'direct') as channel,
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

paying as (
    select * from account_months
    where was_active
),

cohorts as (
    select
        cohort_month as period_start,
        months_since,
        is_active,
        channel,
    from account_months
    where
        has_begun_here
        -- a month still running has not retained anybody yet
        and is_complete
),

measured as (
    {{ metric_rows(
        'paying', about_months, by=['channel'], fixed={'journey_phase': 'retention'}
    ) }}
    union all
    {{ metric_rows(
        'cohorts', about_cohorts, by=['channel'], fixed={'journey_phase': 'retention'}
    ) }}
),

final as (
    select * from measured
    where denominator > 0
)

select * from final
