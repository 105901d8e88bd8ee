{# The first day of the month in which a moment falls, by the company's own clock. #}
{% macro business_month(moment) -%}
    cast(date_trunc('month', {{ business_date(moment) }}) as date)
{%- endmacro %}
