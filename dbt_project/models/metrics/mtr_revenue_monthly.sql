{# What an account pays less at the end than at the start: the rest of gross revenue
   retention, whatever it lost and won back in between. #}
{% set lost = 'greatest(mrr_start_amount - mrr_end_amount, 0)' %}
{% set active = 'count(*) filter (where is_active)' %}
{% set was_active = 'count(*) filter (where was_active)' %}
{# a sum over nobody is null, which says that a metric is no rate #}
{% set mrr_at_start = 'coalesce(sum(mrr_start_amount) filter (where was_active), 0)' %}
{% set metrics = [
    {'name': 'mrr', 'numerator': 'sum(mrr_end_amount)', 'sample': active},
    {'name': 'paying_accounts', 'numerator': active, 'sample': active},
    {
        'name': 'average_mrr_per_account',
        'numerator': 'sum(mrr_end_amount)',
        'denominator': active,
        'squares': 'sum(cast(mrr_end_amount as decimal(19, 4)) * mrr_end_amount)',
        'sample': active,
    },
    {
        'name': 'mrr_net_new',
        'numerator': 'sum(mrr_end_amount - mrr_start_amount)',
        'sample': 'count(*) filter (where mrr_end_amount != mrr_start_amount)',
    },
    {
        'name': 'mrr_quick_ratio',
        'numerator':
            'sum(mrr_new_amount + mrr_expansion_amount + mrr_reactivation_amount)',
        'denominator': 'sum(mrr_contraction_amount + mrr_churn_amount)',
        'sample': 'count(*) filter (where mrr_contraction_amount + mrr_churn_amount > 0)',
    },
    {
        'name': 'logo_churn_rate',
        'numerator': 'count(*) filter (where was_active and not is_active)',
        'denominator': was_active,
        'sample': was_active,
    },
    {
        'name': 'mrr_churn_rate',
        'numerator': 'sum(' ~ lost ~ ') filter (where was_active)',
        'denominator': mrr_at_start,
        'sample': was_active,
    },
    {
        'name': 'net_revenue_retention_rate',
        'numerator': 'sum(mrr_end_amount) filter (where was_active)',
        'denominator': mrr_at_start,
        'sample': was_active,
    },
] %}
{% for movement in ['new', 'expansion', 'contraction', 'churn', 'reactivation'] %}
{% set amount = 'mrr_' ~ movement ~ '_amount' %}
{% do metrics.append({
    'name': 'mrr_' ~ movement,
    'numerator': 'coalesce(sum(' ~ amount ~ '), 0)',
    'sample': 'count(*) filter (where ' ~ amount ~ ' > 0)',
}) %}
{% endfor %}

with account_months as (
    select
        months.*,
        coalesce(accounts.acquisition_channel, 'direct') as channel,
    from {{ ref('fct_mrr_monthly') }} as months
    left join {{ ref('dim_accounts') }} as accounts
        on months.account_id = accounts.account_id
),

measured as (
    {{ metric_rows('account_months', metrics, by=['channel']) }}
),

final as (
    select * from measured
    -- a rate needs somebody who could have left
    where denominator is null or denominator > 0 or numerator != 0
)

select * from final
