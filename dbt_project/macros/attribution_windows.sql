{# The look-back windows of attribution, in days, as a CTE body: the one of the figures and those that
   show how much it matters. #}
{% macro attribution_windows() -%}
    {%- set windows = [var('attribution_window_days')] + var('attribution_other_windows_days') -%}
    {%- for days in windows | unique %}
    select {{ days }} as window_days
    {% if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
