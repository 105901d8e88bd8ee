{# The name of an industry in one form, whether a CRM keeps a constant (LEGAL_SERVICES) or a label
   (Legal Services). Two words for one thing stay two. #}
{% macro industry_label(industry) -%}
    upper(left({{ industry_words(industry) }}, 1))
    || lower(substr({{ industry_words(industry) }}, 2))
{%- endmacro %}

{% macro industry_words(industry) -%}
    nullif(trim(regexp_replace({{ industry }}, '[_\s]+', ' ', 'g')), '')
{%- endmacro %}
