{# A text as it was meant: trimmed, and null for a blank or a vendor's word for nothing. #}
{% macro text_or_null(text) -%}
    nullif(nullif(nullif(nullif(trim({{ text }}), ''), 'undefined'), '<null>'), 'null')
{%- endmacro %}
