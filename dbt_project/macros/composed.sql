{# A text with its accents written one way: letter and accent as one sign. #}
{% macro composed(text) -%}
    nfc_normalize({{ text }})
{%- endmacro %}
