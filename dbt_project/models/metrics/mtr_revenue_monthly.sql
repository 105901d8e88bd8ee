{# What an account pays less at the end than at the start: the rest of gross revenue
   retention, whatever it lost and won back in between. #}
{% set lost = "greatest(mrr_start_amount - mrr_end_amount, 0)" %}
{% set metrics = [
    ('mrr', 'sum(mrr_end_amount)', none, 'count(*) filter (where is_active)'),
    ('mrr_new', 'sum(mrr_new_amount)', none,
        'count(*) filter (where mrr_new_amount > 0)'),
    ('mrr_expansion', 'sum(mrr_expansion_amount)', none,
        'count(*) filter (where mrr_expansion_amount > 0)'),
    ('mrr_contraction', 'sum(mrr_contraction_amount)', none,
        'count(*) filter (where mrr_contraction_amount > 0)'),
    ('mrr_churn', 'sum(mrr_churn_amount)', none,
        'count(*) filter (where mrr_churn_amount > 0)'),
    ('mrr_reactivation', 'sum(mrr_reactivation_amount)', none,
        'count(*) filter (where mrr_reactivation_amount > 0)'),
    ('paying_accounts', 'count(*) filter (where is_active)', none,
        'count(*) filter (where is_active)'),
    ('logo_churn_rate', 'count(*) filter (where was_active and not is_active)',
        'count(*) filter (where was_active)', 'count(*) filter (where was_active)'),
    ('mrr_churn_rate', 'sum(' ~ lost ~ ') filter (where was_active)',
        'sum(mrr_start_amount) filter (where was_active)',
        'count(*) filter (where was_active)'),
    ('net_revenue_retention_rate', 'sum(mrr_end_amount) filter (where was_active)',
        'sum(mrr_start_amount) filter (where was_active)',
        'count(*) filter (where was_active)'),
] %}

with account_months as (
    select
        months.*,
        coalesce(accounts.acquisition_channel, 'direct') as acquisition_channel,
    from {{ ref('fct_mrr_monthly') }} as months
    left join {{ ref('dim_accounts') }} as accounts
        on months.account_id = accounts.account_id
),

measured as (
    {% for metric, numerator, denominator, sample_size in metrics %}
    select
        '{{ metric }}' as metric,
        period_start,
        coalesce(acquisition_channel, 'all') as channel,
        cast({{ numerator }} as double) as numerator,
        {# a sum over nobody is null, which says that a metric is no rate #}
        {% set below = 'coalesce(' ~ denominator ~ ', 0)' if denominator else 'null' %}
        cast({{ below }} as double) as denominator,
        {{ sample_size }} as sample_size,
    from account_months
    group by period_start, rollup(acquisition_channel)
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        metric,
        period_start,
        'month' as grain,
        channel,
        'all' as journey_step,
        'all' as journey_phase,
        'all' as persona,
        coalesce(numerator, 0) as numerator,
        denominator,
        cast(null as double) as sum_of_squares,
        sample_size,
        {{ ripe_from('metric', 'period_start') }} as ripe_from,
    from measured
    -- a rate needs somebody who could have left
    where denominator is null or denominator > 0
)

select * from final
