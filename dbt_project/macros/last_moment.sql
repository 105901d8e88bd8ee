{# The last moment that has happened: what is known now and has no date of its own is told from here. #}
{% macro last_moment() -%}
    ({{ as_of() }} - interval 1 second)
{%- endmacro %}
