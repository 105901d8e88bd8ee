{# The days on which each person used the product, as a CTE body: first and last use of the day, and
   when it falls out of the last 28 days. The day counts until 28 days after its last use, as in
   dim_customers; what has not fallen out yet has no leaves_at. #}
{% macro days_in_use() -%}
    select
        customer_id,
        {{ business_date('occurred_at') }} as used_on,
        min(occurred_at) as first_used_at,
        max(occurred_at) as last_used_at,
        case
            when max(occurred_at) + to_days(28) < {{ as_of() }}
                then max(occurred_at) + to_days(28)
        end as leaves_at,
    from {{ ref('int_touchpoints_phased') }}
    where customer_id is not null and journey_step = 'use'
    group by all
{%- endmacro %}
