{# The e-mail address in a chat's form, whatever the company calls the field; null if absent. #}
{% macro form_address(text) -%}
    {{ text_or_null(
        "regexp_extract(" ~ text ~ ", "
        ~ "'(?im)^(?:\\s*e-?mail\\s*|[^:\\r\\n]* ):[ \\t]*([^\\s@]+@[^\\s@]+)\\s*$', 1)"
    ) }}
{%- endmacro %}
