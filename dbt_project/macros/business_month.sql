{# The first day of the month in which a moment falls, by the company's own clock. #}
{% macro business_month(moment) -%}
    cast(
        date_trunc(
            'month', timezone('{{ var("business_time_zone") }}', {{ moment }})
        ) as date
    )
{%- endmacro %}
