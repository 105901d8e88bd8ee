{# The name in a tawk.to profile; who gave none is called V and a number there. #}
{% macro visitor_name(profile) -%}
    nullif(
        {{ json_text(profile, 'name') }},
        regexp_extract({{ json_text(profile, 'name') }}, '^V[0-9]{6,}$')
    )
{%- endmacro %}
