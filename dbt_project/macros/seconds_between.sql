{# Whole seconds from one moment to another; null unless both are known and in order. #}
{% macro seconds_between(from_at, to_at) -%}
    case
        when {{ to_at }} >= {{ from_at }}
            then date_diff('millisecond', {{ from_at }}, {{ to_at }}) // 1000
    end
{%- endmacro %}
