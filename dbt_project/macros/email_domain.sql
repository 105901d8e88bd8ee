{# The part of an e-mail address after the @. #}
{% macro email_domain(email) -%}
    split_part({{ email }}, '@', 2)
{%- endmacro %}
