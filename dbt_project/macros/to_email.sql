{# An e-mail address as it is compared: lower case, without blanks; null if it is none. #}
{% macro to_email(text) -%}
    case
        when {{ text }} like '_%@_%' then lower(trim({{ text }}))
    end
{%- endmacro %}
