{# What a clock in a zone shows at a moment, as a time without a zone. #}
{% macro clock_in(zone, moment) -%}
    timezone({{ zone }}, {{ moment }})
{%- endmacro %}

{# The moment at which a clock in a zone shows a time without a zone. #}
{% macro moment_in(zone, clock) -%}
    timezone({{ zone }}, {{ clock }})
{%- endmacro %}
