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

other_currencies as (
    select
        source,
        period_start,
        currency_code,
        sum(mrr_amount) as mrr_amount,
    from {{ ref('fct_mrr_other_currencies') }}
    group by all
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
    union all
    -- accounts are counted whatever they pay in: amounts are not
    select
        md5(
            concat_ws(
                '|', touched.metric, other_currencies.currency_code,
                other_currencies.period_start
            )
        ) as metric_warning_id,
        touched.metric,
        other_currencies.period_start,
        other_currencies.source,
        'other_currency' as warning,
        cast(other_currencies.mrr_amount as decimal(18, 2)) as amount,
        other_currencies.currency_code,
    from other_currencies
    cross join touched
    where touched.compared != 'customers'
)

select * from final
