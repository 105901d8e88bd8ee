{# Up to how many days each band reaches; the last one has no end. #}
{% set bands = {
    'under_1_day': 1, '1_to_3_days': 3, '3_to_7_days': 7, '7_to_30_days': 30
} %}

with waiting as (
    select
        backlog.period_start,
        case
            {% for band, days in bands.items() %}
            when backlog.age_seconds < {{ days }} * 86400 then '{{ band }}'
            {% endfor %}
            else 'over_30_days'
        end as age_band,
    from {{ ref('int_backlog_listed') }} as backlog
    left join {{ ref('dim_customers') }} as customers
        on backlog.customer_id = customers.customer_id
    where not coalesce(customers.is_internal, false)
),

final as (
    select
        period_start,
        age_band,
        count(*) as conversation_count,
    from waiting
    group by period_start, age_band
)

select * from final
