{# Which metrics of the catalogue rest on what was compared. #}
{% set touched = {
    'mrr': [
        'mrr', 'mrr_churn_rate', 'net_revenue_retention_rate',
        'gross_revenue_retention_rate',
    ],
    'mrr_new': ['mrr_new'],
    'mrr_expansion': ['mrr_expansion'],
    'mrr_contraction': ['mrr_contraction'],
    'mrr_churn': ['mrr_churn'],
    'mrr_reactivation': ['mrr_reactivation'],
    'customers': ['paying_accounts', 'logo_churn_rate', 'logo_retention_rate'],
} %}

with totals as (
    select * from {{ ref('fct_control_totals') }}
    where not is_explained
),

touched as (
    {% for compared, metrics in touched.items() %}
    {% for metric in metrics %}
    select
        '{{ compared }}' as compared,
        '{{ metric }}' as metric,
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (
    select
        md5(concat_ws('|', touched.metric, totals.control_total_id))
            as metric_warning_id,
        touched.metric,
        totals.period_start,
        totals.source,
        'control_total' as warning,
        totals.unexplained_value as amount,
        totals.currency_code,
    from totals
    inner join touched
        on totals.metric = touched.compared
)

select * from final
