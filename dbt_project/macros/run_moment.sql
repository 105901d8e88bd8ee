{# When this run began, by the real clock: what is known is known from then on. #}
{% macro run_moment() -%}
    timestamptz '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f+00") }}'
{%- endmacro %}
