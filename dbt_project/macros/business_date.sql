{# The day on which a moment falls, by the company's own clock. #}
{% macro business_date(moment) -%}
    cast({{ clock_in("'" ~ var('business_time_zone') ~ "'", moment) }} as date)
{%- endmacro %}
