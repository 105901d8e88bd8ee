{# The day on which a moment falls, by the company's own clock. #}
{% macro business_date(moment) -%}
    cast(timezone('{{ var("business_time_zone") }}', {{ moment }}) as date)
{%- endmacro %}
