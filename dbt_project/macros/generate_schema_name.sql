{# Schemas are called as configured (staging, marts), not main_marts: a file is an environment. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
