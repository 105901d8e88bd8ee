{# Journeys that figures count: all but those of our own people, tests and bots. A journey belongs to
   the month in which it began and to the channel of its first contact. #}
{% macro counted_journeys() -%}
    select
        journeys.journey_id,
        journeys.journey_type,
        journeys.outcome,
        journeys.duration_seconds,
        journeys.first_channel as channel,
        {{ business_month('journeys.started_at') }} as period_start
    from {{ ref('fct_journeys') }} as journeys
    inner join {{ ref('dim_customers') }} as customers
        on journeys.customer_id = customers.customer_id
    where not customers.is_internal
{%- endmacro %}
