{# A moment as whole microseconds since 1970, and back: windows of time are ranges of such numbers. #}
{% macro microseconds(moment) -%}
    date_diff(
        'microsecond', cast('1970-01-01 00:00:00+00:00' as timestamptz), {{ moment }}
    )
{%- endmacro %}

{% macro moment_at(microseconds) -%}
    make_timestamptz({{ microseconds }})
{%- endmacro %}
