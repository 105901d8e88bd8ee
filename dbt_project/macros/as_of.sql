{# The first moment that has not happened yet: midnight UTC at the start of the var as_of. #}
{% macro as_of() -%}
    cast('{{ var("as_of") }} 00:00:00+00:00' as timestamptz)
{%- endmacro %}
