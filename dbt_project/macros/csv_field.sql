{# A text as a field of a line of a CSV file: in quotes where it needs them. #}
{% macro csv_field(text) -%}
    case
        when regexp_matches({{ text }}, '[",\r\n]')
            then '"' || replace({{ text }}, '"', '""') || '"'
        else {{ text }}
    end
{%- endmacro %}
