{# When a row was loaded: of a record that tells no time of its own the last resort. #}
{% macro loaded_moment() -%}
    to_timestamp(try_cast(_dlt_load_id as double))
{%- endmacro %}
