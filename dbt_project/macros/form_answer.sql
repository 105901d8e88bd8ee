{# The answer to a question of a chat's form, sent as lines of `Label : value`; null if absent. #}
{% macro form_answer(text, labels) -%}
    {{ text_or_null(
        "regexp_extract(" ~ text ~ ", '(?im)^\\s*(?:" ~ labels ~ ")\\s*:[ \\t]*([^\\r\\n]*)', 1)"
    ) }}
{%- endmacro %}
