{# A day as a moment: its start by the company's own clock, so that it stays in its day and month
   whatever the zone. #}
{% macro start_of_day(day) -%}
    {{ moment_in("'" ~ var('business_time_zone') ~ "'", "cast(" ~ day ~ " as timestamp)") }}
{%- endmacro %}
