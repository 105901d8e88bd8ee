{# The id that an identifier gives to whoever it stands for: c_ a person, a_ an account. Any member's
   id is a valid former id of its person, so that no id has to be remembered. #}
{% macro identity_id(prefix, identifier_type, identifier_namespace, identifier_value) -%}
    '{{ prefix }}_' || md5(
        concat_ws(
            '|', {{ identifier_type }}, {{ identifier_namespace }}, {{ identifier_value }}
        )
    )
{%- endmacro %}
