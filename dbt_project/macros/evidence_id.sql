{# The id of a row of identity evidence, over its columns as every source's model names them. #}
{% macro evidence_id() -%}
    md5(
        concat_ws(
            '|',
            source, kind, left_type, left_namespace, left_value,
            right_type, right_namespace, right_value
        )
    )
{%- endmacro %}
