{# A truth value from the words vendors use for it; null for any other word. #}
{% macro to_flag(text) -%}
    case
        when lower({{ text }}) in ('true', 'yes', 'y', 't', '1') then true
        when lower({{ text }}) in ('false', 'no', 'n', 'f', '0') then false
    end
{%- endmacro %}
